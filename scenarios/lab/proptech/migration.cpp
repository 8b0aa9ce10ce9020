// What operators do in the window: the steps of the migration, each of them repeatable.
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/proptech/call.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace watertight::lab::proptech {

using nlohmann::json;

static constexpr char const* scoped_collections[] = {"projects", "documents"};
static constexpr char const* all_collections[] = {
    "users", "projects", "documents", "tenants", "memberships"};

static document without_tenant()
{
    document out;
    out["tenant_id"]["$exists"] = false;
    return out;
}

static asio::awaitable<response> set_release(call& c)
{
    auto const wanted = required_text(read_object(c.in), "release", 16);
    if (wanted != "single" && wanted != "multi") {
        throw refusal{400, "VALIDATION", "release is single or multi"};
    }
    c.process().release.set(wanted == "multi");
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!c.process().release.drained() && std::chrono::steady_clock::now() < end) {
        co_await pause(std::chrono::milliseconds{1});
    }
    co_return json_response(200, {{"release", wanted}});
}

static asio::awaitable<response> set_window(call& c)
{
    auto const mode = required_text(read_object(c.in), "mode", 16);
    if (mode != "read_only" && mode != "normal") {
        throw refusal{400, "VALIDATION", "mode is read_only or normal"};
    }
    auto& window = c.process().maintenance;
    window.set(mode == "read_only");
    // Writes that were let in before are in the snapshot, or they are not acknowledged.
    for (int i = 0; i < 10'000 && window.is_open() && !window.quiet(); ++i) {
        co_await pause(std::chrono::milliseconds{1});
    }
    co_return json_response(200, {{"mode", mode}});
}

// @return how many documents were copied.
static asio::awaitable<std::uint64_t> copy(documents& store, mongo_place from, mongo_place to)
{
    auto everything = document::object();
    co_await store.remove(to, std::move(everything), true);
    mongo_query q;
    q.exact = true;
    auto all = co_await store.find(std::move(from), std::move(q), 100'000);
    std::uint64_t out = 0;
    for (auto& one : all) {
        co_await store.insert(to, std::move(one));
        ++out;
    }
    co_return out;
}

static asio::awaitable<void> drop_database(documents& store, std::string name)
{
    document words;
    words["dropDatabase"] = 1;
    co_await store.command(std::move(name), std::move(words));
}

static asio::awaitable<void> drop_collection(documents& store, mongo_place at)
{
    document words;
    words["drop"] = at.collection;
    try {
        co_await store.command(at.database, std::move(words));
    } catch (store_error const&) {
        // There was none.
    }
}

static asio::awaitable<response> back_up(call& c)
{
    co_await drop_database(c.core.store, backup_database);
    json counts;
    for (auto const* const name : all_collections) {
        mongo_place from{classic_database, name};
        mongo_place to{backup_database, name};
        auto const n = co_await copy(c.core.store, std::move(from), std::move(to));
        counts[name] = n;
    }
    co_return json_response(200, {{"copied", counts}});
}

static asio::awaitable<response> restore(call& c)
{
    for (auto const* const name : all_collections) {
        // With the defect the largest collection is left as the migration made it.
        if (c.faults().on("R7") && std::string_view{name} == "projects") continue;
        mongo_place from{backup_database, name};
        mongo_place to{classic_database, name};
        // With the defect the collection is made anew, and what was defined on it is not.
        if (c.faults().on("R5")) co_await drop_collection(c.core.store, to);
        auto const n = co_await copy(c.core.store, std::move(from), to);
        if (n == 0) co_await drop_collection(c.core.store, to);
    }
    co_return json_response(200, {{"restored", true}});
}

static asio::awaitable<void> upsert(documents& store, mongo_place at, document one)
{
    mongo_change change;
    change.filter = matching("_id", text_field(one, "_id"));
    one.erase("_id");
    change.change["$setOnInsert"] = std::move(one);
    change.upsert = true;
    co_await store.update(std::move(at), std::move(change));
}

static asio::awaitable<std::uint64_t> bind_everybody(documents& store)
{
    mongo_query every;
    mongo_place const from{classic_database, "users"};
    auto const users = co_await store.find(from, std::move(every));
    for (auto const& user : users) {
        auto const id = text_field(user, "_id");
        document membership;
        membership["_id"] = std::string{default_tenant_id} + ":" + id;
        membership["tenant_id"] = default_tenant_id;
        membership["user_id"] = id;
        membership["role"] = text_field(user, "role");
        mongo_place at{classic_database, "memberships"};
        co_await upsert(store, std::move(at), std::move(membership));
    }
    co_return users.size();
}

static asio::awaitable<response> backfill(call& c)
{
    auto& store = c.core.store;
    document home;
    home["_id"] = default_tenant_id;
    home["name"] = default_tenant_name;
    mongo_place tenants{classic_database, "tenants"};
    co_await upsert(store, std::move(tenants), std::move(home));
    auto const bound = co_await bind_everybody(store);
    std::uint64_t updated = 0;
    json counts;
    for (auto const* const name : scoped_collections) {
        mongo_change change;
        // With the defect what has a tenant is given another.
        if (!c.faults().on("R9")) change.filter = without_tenant();
        change.change["$set"]["tenant_id"] = default_tenant_id;
        change.many = true;
        mongo_place at{classic_database, name};
        auto const done = co_await store.update(std::move(at), std::move(change));
        counts[name] = done.modified;
        updated += done.modified;
    }
    co_return json_response(
        200, {{"updated", updated}, {"collections", counts}, {"bound_users", bound}}
    );
}

static asio::awaitable<response> validate(call& c)
{
    auto& store = c.core.store;
    std::uint64_t missing_all = 0;
    json missing;
    for (auto const* const name : scoped_collections) {
        mongo_place at{classic_database, name};
        auto filter = without_tenant();
        auto const n = co_await store.count(std::move(at), std::move(filter));
        missing[name] = n;
        missing_all += n;
    }
    mongo_place const users_at{classic_database, "users"};
    mongo_place const bound_at{classic_database, "memberships"};
    mongo_place const projects_at{classic_database, "projects"};
    auto every = document::object();
    auto const users = co_await store.count(users_at, std::move(every));
    auto of_default = matching("tenant_id", default_tenant_id);
    auto const bound = co_await store.count(bound_at, std::move(of_default));
    auto of_early = matching("tenant_id", "tenant-early");
    auto const early = co_await store.count(projects_at, std::move(of_early));
    co_return json_response(
        200,
        {{"missing", missing},
         {"missing_all", missing_all},
         {"unbound_users", users > bound ? users - bound : 0},
         {"owned_before", early}}
    );
}

static asio::awaitable<std::vector<std::string>> accounts_of(documents& store, std::string database)
{
    mongo_query q;
    q.exact = true;
    mongo_place at{std::move(database), "users"};
    auto const users = co_await store.find(std::move(at), std::move(q));
    std::vector<std::string> out;
    for (auto const& user : users) out.push_back(user.dump());
    std::ranges::sort(out);
    co_return out;
}

// Users and roles as they were when the snapshot was taken.
static asio::awaitable<response> compare_accounts(call& c)
{
    auto const before = co_await accounts_of(c.core.store, backup_database);
    auto const now = co_await accounts_of(c.core.store, classic_database);
    auto const same = before == now && !before.empty();
    co_return json_response(same ? 200 : 409, {{"identical", same}, {"users", now.size()}});
}

static asio::awaitable<response> purge_assets(call& c)
{
    // With the defect what the cache keeps outlives the way back.
    auto const is_back = !c.process().release.multi();
    if (!is_back || !c.faults().on("R2")) c.process().assets.purge();
    co_return json_response(200, {{"purged", true}});
}

void add_migration(routes& to)
{
    auto const add = [&to](char const* method, char const* path, handler run) {
        to.add(method, path, {access::platform, scope::manage, run});
    };
    add("POST", "/_lab/release", set_release);
    add("POST", "/_lab/maintenance", set_window);
    add("POST", "/_lab/backup", back_up);
    add("POST", "/_lab/restore", restore);
    add("POST", "/_lab/backfill", backfill);
    add("GET", "/_lab/validation", validate);
    add("GET", "/_lab/accounts", compare_accounts);
    add("POST", "/_lab/assets/purge", purge_assets);
}

} // namespace watertight::lab::proptech
