#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/proptech/call.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::proptech {

using nlohmann::json;

static constexpr char const* owned_collections[] = {
    "projects", "documents", "activities", "memberships"};

static asio::awaitable<std::vector<document>>
memberships_by(call& c, char const* field, std::string id)
{
    mongo_query q;
    q.filter = matching(field, std::move(id));
    co_return co_await c.core.store.find(main_place("memberships"), std::move(q));
}

// All for the platform; for a member those that the membership is of.
static asio::awaitable<response> list_tenants(call& c)
{
    mongo_query q;
    auto roles = json::object();
    if (!c.by_platform) {
        auto ids = document::array();
        auto const own = co_await memberships_by(c, "user_id", c.user_id);
        for (auto const& m : own) {
            ids.push_back(text_field(m, "tenant_id"));
            roles[text_field(m, "tenant_id")] = text_field(m, "role");
        }
        q.filter["_id"]["$in"] = std::move(ids);
    }
    auto const found = co_await c.core.store.find(main_place("tenants"), std::move(q));
    auto tenants = json::array();
    for (auto const& t : found) {
        auto view = public_view(t);
        auto const id = view["id"].get<std::string>();
        if (roles.contains(id)) view["role"] = roles[id];
        tenants.push_back(std::move(view));
    }
    auto const total = tenants.size();
    co_return json_response(200, {{"tenants", std::move(tenants)}, {"total", total}});
}

static asio::awaitable<void> insert_tenant(call& c, document t)
{
    try {
        co_await c.core.store.insert(main_place("tenants"), std::move(t));
    } catch (store_error const& e) {
        if (e.detail != duplicate_key) throw;
        throw refusal{409, "SLUG_TAKEN", "a tenant with this slug exists"};
    }
}

static asio::awaitable<response> create_tenant(call& c)
{
    auto const body = read_object(c.in);
    document t;
    t["_id"] = "t-" + random_uuid();
    t["name"] = required_text(body, "name");
    t["slug"] = to_lower(required_text(body, "slug", 63));
    t["status"] = "active";
    t["created_at"] = now_ms();
    auto const owner = body.value("owner", json::object());
    if (!owner.is_object()) throw refusal{400, "VALIDATION", "owner is no object"};
    membership m{
        .tenant_id = text_field(t, "_id"),
        .user_id = {},
        .email = to_lower(required_text(owner, "email")),
        .name = text_member(owner, "name", 255).value_or(""),
        .role = "owner"};
    auto const password = required_text(owner, "password", 1024);
    auto view = public_view(t);
    co_await insert_tenant(c, std::move(t));
    m.user_id = co_await account_for(c.core, m.email, password);
    view["owner"] = {{"id", m.user_id}, {"email", m.email}};
    co_await bind(c.core, std::move(m));
    co_return json_response(201, view);
}

static asio::awaitable<response> change_tenant(call& c)
{
    auto const id = c.parameter("id");
    auto const body = read_object(c.in);
    mongo_change change;
    change.filter = matching("_id", id);
    auto const status = required_text(body, "status", 16);
    if (status != "active" && status != "suspended") {
        throw refusal{400, "VALIDATION", "status is active or suspended"};
    }
    change.change["$set"]["status"] = status;
    auto const done = co_await c.core.store.update(main_place("tenants"), std::move(change));
    if (done.matched == 0) not_found();
    c.process().tenants.forget(id);
    co_return json_response(200, {{"id", id}, {"status", status}});
}

// Requests that were let in before end first; later ones are refused.
static asio::awaitable<void> close_tenant(call& c, std::string id)
{
    mongo_change change;
    change.filter = matching("_id", id);
    change.change["$set"]["status"] = "deleting";
    auto const done = co_await c.core.store.update(main_place("tenants"), std::move(change));
    if (done.matched == 0) not_found();
    c.process().tenants.forget(id);
    auto const inside = c.process().tenants.in_flight(id);
    for (int i = 0; i < 5000 && *inside > 0; ++i) co_await pause(std::chrono::milliseconds{1});
}

// An account without any membership is nobody's.
static asio::awaitable<void> remove_idle_account(call& c, std::string user_id)
{
    auto const left = co_await memberships_by(c, "user_id", user_id);
    if (!left.empty()) co_return;
    auto filter = matching("_id", std::move(user_id));
    co_await c.core.store.remove(main_place("users"), std::move(filter));
}

static asio::awaitable<response> delete_tenant(call& c)
{
    auto const id = c.parameter("id");
    co_await close_tenant(c, id);
    auto const members = co_await memberships_by(c, "tenant_id", id);
    for (auto const* const collection : owned_collections) {
        auto filter = matching("tenant_id", id);
        co_await c.core.store.remove(main_place(collection), std::move(filter), true);
    }
    for (auto const& m : members) co_await remove_idle_account(c, text_field(m, "user_id"));
    auto filter = matching("_id", id);
    co_await c.core.store.remove(main_place("tenants"), std::move(filter));
    c.process().tenants.forget(id);
    response out;
    out.status = 204;
    co_return out;
}

static asio::awaitable<response> health(call& c)
{
    co_return json_response(
        200, {{"status", "ok"}, {"dialect", "proptech"}, {"faults", c.faults().ids()}}
    );
}

void add_tenants(routes& to)
{
    to.add("GET", "/healthz", {access::anyone, scope::read, health});
    to.add("GET", "/api/tenants", {access::account, scope::read, list_tenants});
    to.add("POST", "/api/tenants", {access::platform, scope::manage, create_tenant});
    to.add("PATCH", "/api/tenants/{id}", {access::platform, scope::manage, change_tenant});
    to.add("DELETE", "/api/tenants/{id}", {access::platform, scope::manage, delete_tenant});
}

} // namespace watertight::lab::proptech
