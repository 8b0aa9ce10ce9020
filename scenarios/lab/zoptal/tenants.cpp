#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

#include <algorithm>

namespace watertight::lab::zoptal {

using namespace std::chrono_literals;

static void check_slug(std::string const& slug)
{
    auto const is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    auto const is_good = slug.size() <= 40 && slug.front() != '-' && slug.back() != '-' &&
                         std::ranges::all_of(slug, is_letter);
    if (!is_good) throw refusal{400, "VALIDATION", "slug has letters, digits and hyphens"};
    static constexpr std::array reserved{"www", "api"};
    if (std::ranges::find(reserved, slug) != reserved.end()) {
        throw refusal{409, "SLUG_TAKEN", "this name belongs to the platform"};
    }
}

static std::string domain_in(json const& body)
{
    auto domain = to_lower(text_member(body, "customDomain", 200).value_or(""));
    if (domain.empty()) return domain;
    auto const is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    auto const is_good = std::ranges::all_of(domain, is_letter) &&
                         domain.find('.') != std::string::npos && !domain.ends_with(".zoptal.com");
    if (!is_good) throw refusal{400, "VALIDATION", "customDomain is no domain of your own"};
    return domain;
}

static plan const& plan_in(json const& body)
{
    auto const subscription = body.find("subscription");
    auto const named = subscription != body.end() && subscription->is_object()
                           ? text_member(*subscription, "plan", 64).value_or("starter")
                           : std::string{"starter"};
    auto const* const p = find_plan(named);
    if (p == nullptr) throw refusal{400, "VALIDATION", "no plan " + named};
    return *p;
}

static mongo_document new_tenant(json const& body)
{
    auto const slug = required_text(body, "slug", 64);
    check_slug(slug);
    auto const& p = plan_in(body);
    auto const strategy =
        text_member(body, "isolationStrategy", 16).value_or(std::string{p.strategy});
    if (strategy != "database" && strategy != "schema") {
        throw refusal{400, "VALIDATION", "isolationStrategy is database or schema"};
    }
    mongo_document contact = mongo_document::object();
    if (auto const given = body.find("contact"); given != body.end() && given->is_object()) {
        contact["name"] = text_member(*given, "name", 255).value_or("");
        contact["email"] = text_member(*given, "email", 255).value_or("");
    }
    mongo_document out;
    out["_id"] = random_uuid();
    out["slug"] = slug;
    out["name"] = required_text(body, "name");
    out["contact"] = std::move(contact);
    out["subscription"] = mongo_document{{"plan", p.name}, {"status", "active"}};
    out["isolationStrategy"] = strategy;
    out["customDomain"] = domain_in(body);
    out["createdAt"] = now_ms();
    return out;
}

static json shown_tenant(mongo_document const& d, tenant const& t)
{
    auto out = shown(d);
    out["database"] = t.place("users").database;
    // What its database, or its collections, begin with.
    out["storagePrefix"] = t.prefix;
    return out;
}

// Its collections and their indexes: from then on it can be worked with.
static asio::awaitable<void> provision(core_state& core, tenant const& t)
{
    for (auto const kind : kinds) {
        auto const at = t.place(kind);
        mongo_document words;
        words["create"] = at.collection;
        try {
            co_await core.mongo.command(at.database, std::move(words));
        } catch (store_error const&) {
            // There already, as with the defect: the insertions will tell.
        }
    }
    auto const users = t.place("users");
    mongo_document index{{"key", {{"email", 1}}}, {"name", "email_unique"}, {"unique", true}};
    mongo_document words;
    words["createIndexes"] = users.collection;
    words["indexes"] = mongo_document::array({std::move(index)});
    co_await core.mongo.command(users.database, std::move(words));
}

static asio::awaitable<void> drop_collection(core_state& core, mongo_place at)
{
    mongo_document words;
    words["drop"] = at.collection;
    co_await core.mongo.command(at.database, std::move(words));
}

static asio::awaitable<void> drop_database(core_state& core, std::string name)
{
    mongo_document words;
    words["dropDatabase"] = 1;
    co_await core.mongo.command(std::move(name), std::move(words));
}

static asio::awaitable<void> take_down(core_state& core, tenant const& t)
{
    auto const is_forgetful = core.process.faults.on("L2");
    if (t.strategy == "database" && !is_forgetful) {
        co_await drop_database(core, t.place("users").database);
    } else {
        for (auto const kind : kinds) {
            if (kind == "files" && is_forgetful) continue;
            co_await drop_collection(core, t.place(kind));
        }
    }
    // Keys begin with the name, which somebody else may take before they expire.
    if (core.process.faults.on("L4")) co_return;
    auto whose = t.key("");
    // The defect: "zoptal:one" is how the keys of "one-more" begin, too.
    if (core.process.faults.on("K10")) whose.pop_back();
    co_await core.redis.remove_prefix(std::move(whose));
}

static asio::awaitable<response> create_tenant(call& c)
{
    auto const body = read_object(c.in);
    auto const made = new_tenant(body);
    auto const t = to_tenant(made, c.faults());
    auto const first = body.find("admin");
    auto const has_admin = first != body.end() && first->is_object();
    // There are no transactions here: what could be refused is looked at before anything is made.
    if (has_admin && !c.faults().on("L5")) check_first_admin(*first);
    if (!t->domain.empty() && !c.process().front.claim(t->domain, t->slug)) {
        throw refusal{409, "DOMAIN_TAKEN", "this domain is another tenant's"};
    }
    auto one = made;
    bool is_taken = false;
    try {
        co_await c.core.mongo.insert(tenants_place(), std::move(one));
    } catch (store_error const& e) {
        if (e.detail != duplicate_key) throw;
        is_taken = true;
    }
    if (is_taken) throw refusal{409, "SLUG_TAKEN", "a tenant with this slug exists"};
    co_await provision(c.core, *t);
    auto out = shown_tenant(made, *t);
    out["cache"] = co_await open_cache_account(c.core, *t);
    if (has_admin) {
        auto const id = co_await create_first_admin(c.core, *t, *first);
        out["admin"] = json{{"id", id}};
    }
    if (!t->domain.empty()) co_await c.process().front.apply_domains();
    co_return json_response(201, out);
}

static asio::awaitable<response> list_tenants(call& c)
{
    mongo_query everything;
    auto const found = co_await c.core.mongo.find(tenants_place(), std::move(everything));
    json items = json::array();
    for (auto const& d : found) items.push_back(shown_tenant(d, *to_tenant(d, c.faults())));
    json const out{{"tenants", std::move(items)}, {"total", found.size()}};
    co_return json_response(200, out);
}

static asio::awaitable<mongo_document> required_tenant(call& c)
{
    auto id = c.id_parameter("id");
    auto found = co_await tenant_document(c.core, std::move(id));
    if (!found) not_found();
    co_return std::move(*found);
}

static asio::awaitable<response> get_tenant(call& c)
{
    auto const d = co_await required_tenant(c);
    co_return json_response(200, shown_tenant(d, *to_tenant(d, c.faults())));
}

// Subscription and name; a domain is changed by itself, for the gateway has to follow.
static asio::awaitable<response> change_tenant(call& c)
{
    auto const before = co_await required_tenant(c);
    auto const body = read_object(c.in);
    mongo_document fields = mongo_document::object();
    if (auto const name = text_member(body, "name", 255)) fields["name"] = *name;
    if (auto const status = text_member(body, "status", 16)) {
        if (*status != "active" && *status != "suspended" && *status != "cancelled") {
            throw refusal{400, "VALIDATION", "status is active, suspended or cancelled"};
        }
        fields["subscription.status"] = *status;
    }
    if (body.contains("subscription")) fields["subscription.plan"] = plan_in(body).name;
    if (fields.empty()) throw refusal{400, "VALIDATION", "nothing to change"};
    mongo_change change;
    change.filter["_id"] = before.at("_id");
    change.change["$set"] = std::move(fields);
    co_await c.core.mongo.update(tenants_place(), std::move(change));
    c.process().tenants.forget(before.at("_id").get<std::string>());
    auto const now = co_await required_tenant(c);
    co_return json_response(200, shown_tenant(now, *to_tenant(now, c.faults())));
}

// New requests find it cancelled; those under way end before their data goes, or they would make
// its collections again.
static asio::awaitable<void> let_requests_end(call& c, tenant const& t)
{
    mongo_change change;
    change.filter["_id"] = t.id;
    change.change["$set"] = mongo_document{{"subscription.status", "cancelled"}};
    co_await c.core.mongo.update(tenants_place(), std::move(change));
    c.process().tenants.forget(t.id);
    auto const under_way = c.process().tenants.in_flight(t.slug);
    for (int i = 0; i < 400 && *under_way > 0; ++i) co_await pause(10ms);
}

static asio::awaitable<response> remove_tenant(call& c)
{
    auto const found = co_await required_tenant(c);
    auto const t = to_tenant(found, c.faults());
    co_await let_requests_end(c, *t);
    co_await take_down(c.core, *t);
    co_await close_cache_account(c.core, *t);
    if (!t->domain.empty()) {
        c.process().front.give_up(t->domain);
        co_await c.process().front.apply_domains();
    }
    mongo_document filter;
    filter["_id"] = t->id;
    co_await c.core.mongo.remove(tenants_place(), std::move(filter));
    c.process().tenants.forget(t->id);
    c.process().usages.forget(t->slug);
    response out;
    out.status = 204;
    co_return out;
}

void add_tenants(routes& to)
{
    to.add("POST", "/api/tenants", {access::platform, create_tenant});
    to.add("GET", "/api/tenants", {access::platform, list_tenants});
    to.add("GET", "/api/tenants/{id}", {access::platform, get_tenant});
    to.add("PATCH", "/api/tenants/{id}", {access::platform, change_tenant});
    to.add("DELETE", "/api/tenants/{id}", {access::platform, remove_tenant});
}

} // namespace watertight::lab::zoptal
