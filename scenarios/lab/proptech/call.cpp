#include "scenarios/lab/proptech/call.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace watertight::lab::proptech {

namespace {

struct role_scopes {
    std::string_view role;
    bool write;
    bool manage;
};

constexpr role_scopes all_roles[] = {
    {"owner", true, true}, {"admin", true, true}, {"agent", true, false}, {"viewer", false, false}};

} // namespace

bool has_scope(std::string_view role, scope wanted) noexcept
{
    for (auto const& known : all_roles) {
        if (known.role != role) continue;
        return wanted == scope::read || (wanted == scope::write ? known.write : known.manage);
    }
    return false;
}

bool is_role(std::string_view role) noexcept
{
    return has_scope(role, scope::read);
}

mongo_place main_place(char const* collection)
{
    return {main_database, collection};
}

document matching(char const* field, std::string value)
{
    document out;
    out[field] = std::move(value);
    return out;
}

nlohmann::json public_view(document const& from)
{
    nlohmann::json out = from;
    out["id"] = out["_id"];
    out.erase("_id");
    out.erase("password_hash");
    return out;
}

std::string text_field(document const& from, char const* name)
{
    auto const at = from.find(name);
    return at != from.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::int64_t now_ms()
{
    auto const since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string id)
{
    auto known = core.process.tenants.find(id);
    if (known) co_return known;
    auto const began = core.process.tenants.now();
    mongo_query q;
    q.filter = matching("_id", id);
    auto const found = co_await core.store.find_one(main_place("tenants"), std::move(q));
    if (!found) co_return nullptr;
    auto const made = std::make_shared<tenant const>(tenant{
        std::move(id),
        text_field(*found, "slug"),
        text_field(*found, "name"),
        text_field(*found, "status")});
    core.process.tenants.put(made, began);
    co_return made;
}

static std::string membership_id(std::string const& tenant_id, std::string const& user_id)
{
    return tenant_id + ":" + user_id;
}

asio::awaitable<std::string> role_of(core_state& core, std::string tenant_id, std::string user_id)
{
    mongo_query q;
    q.filter = matching("_id", membership_id(tenant_id, user_id));
    auto const found = co_await core.store.find_one(main_place("memberships"), std::move(q));
    if (!found) co_return std::string{};
    co_return text_field(*found, "role");
}

asio::awaitable<void> bind(core_state& core, membership m)
{
    mongo_change change;
    change.filter = matching("_id", membership_id(m.tenant_id, m.user_id));
    change.upsert = true;
    auto& set = change.change["$set"];
    set["tenant_id"] = std::move(m.tenant_id);
    set["user_id"] = std::move(m.user_id);
    set["email"] = std::move(m.email);
    set["name"] = std::move(m.name);
    set["role"] = std::move(m.role);
    co_await core.store.update(main_place("memberships"), std::move(change));
}

static asio::awaitable<std::string> account_by_email(core_state& core, std::string email)
{
    mongo_query q;
    q.filter = matching("email", std::move(email));
    auto const found = co_await core.store.find_one(main_place("users"), std::move(q));
    co_return found ? text_field(*found, "_id") : std::string{};
}

asio::awaitable<std::string> account_for(core_state& core, std::string email, std::string password)
{
    email = to_lower(email);
    auto const known = co_await account_by_email(core, email);
    if (!known.empty()) co_return known;
    document account;
    account["_id"] = random_uuid();
    account["email"] = email;
    account["password_hash"] = hash_password(password);
    auto const id = text_field(account, "_id");
    bool taken = false;
    try {
        co_await core.store.insert(main_place("users"), std::move(account));
    } catch (store_error const& e) {
        if (e.detail != duplicate_key) throw;
        taken = true;
    }
    if (!taken) co_return id;
    // Another request made it at the same moment.
    co_return co_await account_by_email(core, std::move(email));
}

} // namespace watertight::lab::proptech
