// The system from before it had tenants: the same collections, in a database of its own.
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/proptech/call.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::proptech {

using nlohmann::json;

static constexpr int seeded_users = 30;
static constexpr int seeded_projects = 80;
static constexpr int seeded_documents = 60;
// Some were given to a tenant by hand, long before the migration.
static constexpr int owned_early = 6;

static mongo_place classic_place(char const* collection)
{
    return {classic_database, collection};
}

// The release with tenants serves this system's documents as the default tenant's.
static document scoped(document filter, bool multi)
{
    if (multi) filter["tenant_id"] = default_tenant_id;
    return filter;
}

static response released(response out, bool multi)
{
    out.headers.emplace_back("X-Release", multi ? "multi" : "single");
    return out;
}

static refusal read_only()
{
    refusal out{503, "READ_ONLY", "the system is being migrated and can only be read"};
    out.headers.emplace_back("Retry-After", "5");
    return out;
}

static asio::awaitable<response> list_projects(call& c)
{
    auto const here = c.process().release.enter();
    mongo_query q;
    q.filter = scoped(document::object(), here.multi());
    auto found = co_await c.core.store.find(classic_place("projects"), std::move(q));
    std::ranges::sort(found, std::greater{}, [](document const& item) {
        return item.value("created_at", std::int64_t{0});
    });
    auto const window = read_window(c.in);
    auto items = json::array();
    for (std::size_t i = 0; i < found.size() && i < static_cast<std::size_t>(window.limit); ++i) {
        items.push_back(public_view(found[i]));
    }
    auto const total = std::to_string(found.size());
    co_return released(page_response("projects", items.dump(), total, window), here.multi());
}

static asio::awaitable<response> read_project(call& c)
{
    auto const here = c.process().release.enter();
    mongo_query q;
    q.filter = scoped(matching("_id", c.parameter("id")), here.multi());
    auto const found = co_await c.core.store.find_one(classic_place("projects"), std::move(q));
    if (!found) not_found();
    co_return released(json_response(200, public_view(*found)), here.multi());
}

static asio::awaitable<response> create_project(call& c)
{
    auto const here = c.process().release.enter();
    window::write const mine{c.process().maintenance};
    if (!mine.admitted()) throw read_only();
    auto const body = read_object(c.in);
    document item;
    item["_id"] = random_uuid();
    item["name"] = required_text(body, "name");
    item["description"] = text_member(body, "description").value_or("");
    item["created_at"] = now_ms();
    if (here.multi()) item["tenant_id"] = default_tenant_id;
    auto const view = public_view(item);
    co_await c.core.store.insert(classic_place("projects"), std::move(item));
    co_return released(json_response(201, view), here.multi());
}

static asio::awaitable<response> update_project(call& c)
{
    auto const here = c.process().release.enter();
    window::write const mine{c.process().maintenance};
    if (!mine.admitted()) throw read_only();
    auto const body = read_object(c.in);
    mongo_change change;
    change.filter = scoped(matching("_id", c.parameter("id")), here.multi());
    auto& set = change.change["$set"];
    set["updated_at"] = now_ms();
    if (auto const text = text_member(body, "description")) set["description"] = *text;
    auto const done = co_await c.core.store.update(classic_place("projects"), std::move(change));
    if (done.matched == 0) not_found();
    co_return co_await read_project(c);
}

// What browsers and the CDN keep until somebody purges it.
static asio::awaitable<response> read_manifest(call& c)
{
    auto const* const fresh = c.process().release.multi() ? "multi" : "single";
    auto const kept = c.process().assets.get_or(fresh);
    co_return json_response(200, {{"release", kept}, {"sends_tenant_header", kept == "multi"}});
}

static std::string early_owner(int i)
{
    return i < owned_early ? "tenant-early" : "";
}

static document seeded(char const* prefix, int i, char const* title)
{
    document out;
    out["_id"] = fmt::format("{}-{:04}", prefix, i);
    out[title] = fmt::format("{} number {}", prefix, i);
    out["created_at"] = std::int64_t{1'600'000'000'000} + i;
    if (auto const owner = early_owner(i); !owner.empty()) out["tenant_id"] = owner;
    return out;
}

static asio::awaitable<void> make_index(documents& store, char const* collection, char const* field)
{
    document index;
    index["key"][field] = 1;
    index["name"] = std::string{"by_"} + field;
    document words;
    words["createIndexes"] = collection;
    words["indexes"].push_back(std::move(index));
    co_await store.command(classic_database, std::move(words));
}

asio::awaitable<void> seed_classic(documents& store)
{
    co_await make_index(store, "projects", "created_at");
    co_await make_index(store, "users", "email");
    for (int i = 0; i < seeded_users; ++i) {
        document user;
        user["_id"] = fmt::format("user-{:04}", i);
        user["email"] = fmt::format("person{}@example.com", i);
        user["role"] = i == 0 ? "admin" : "agent";
        co_await store.insert(classic_place("users"), std::move(user));
    }
    for (int i = 0; i < seeded_projects; ++i) {
        auto project = seeded("project", i, "name");
        co_await store.insert(classic_place("projects"), std::move(project));
    }
    for (int i = 0; i < seeded_documents; ++i) {
        auto paper = seeded("document", i, "title");
        co_await store.insert(classic_place("documents"), std::move(paper));
    }
}

void add_classic(routes& to)
{
    to.add("GET", "/classic/api/projects", {access::anyone, scope::read, list_projects});
    to.add("POST", "/classic/api/projects", {access::anyone, scope::write, create_project});
    to.add("GET", "/classic/api/projects/{id}", {access::anyone, scope::read, read_project});
    to.add("PATCH", "/classic/api/projects/{id}", {access::anyone, scope::write, update_project});
    to.add("GET", "/classic/manifest.json", {access::anyone, scope::read, read_manifest});
}

} // namespace watertight::lab::proptech
