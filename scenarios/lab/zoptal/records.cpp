// What projects, users and files have in common: documents of a tenant's own collections.
#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/limits.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

#include <algorithm>

namespace watertight::lab::zoptal {

json shown(mongo_document const& from)
{
    json out = json::object();
    for (auto const& [name, value] : from.items()) {
        if (name == "_id") {
            out["id"] = value;
        } else if (name != "passwordHash" && name != "content") {
            out[name] = value;
        }
    }
    return out;
}

static bool matches(mongo_document const& d, std::string const& wanted)
{
    auto const name = d.find("name");
    if (name == d.end() || !name->is_string()) return false;
    return to_lower(name->get<std::string>()).find(wanted) != std::string::npos;
}

// The defect: a route that the tenant's middleware was forgotten on reads what all of them have.
static asio::awaitable<std::vector<mongo_document>> read_everybodys(call& c, std::string_view kind)
{
    std::vector<mongo_document> out;
    auto const everyone = co_await all_tenants(c.core);
    for (auto const& t : everyone) {
        mongo_query everything;
        auto found = co_await c.core.mongo.find(t->place(kind), std::move(everything));
        std::ranges::move(found, std::back_inserter(out));
    }
    co_return out;
}

static asio::awaitable<std::vector<mongo_document>> read_all(call& c, std::string_view kind)
{
    if (kind == "files" && c.faults().on("A05")) co_return co_await read_everybodys(c, kind);
    mongo_query everything;
    co_return co_await c.core.mongo.find(c.on->place(kind), std::move(everything));
}

asio::awaitable<response> list_records(call& c, std::string_view kind)
{
    auto found = co_await read_all(c, kind);
    auto const wanted = to_lower(c.in.query_value("q").value_or(""));
    std::erase_if(found, [&](auto const& d) { return !matches(d, wanted); });
    std::ranges::stable_sort(found, std::ranges::greater{}, [](mongo_document const& d) {
        return d.value("createdAt", std::int64_t{0});
    });
    auto const window = read_window(c.in);
    json items = json::array();
    for (auto i = window.offset; i < window.offset + window.limit; ++i) {
        auto const at = static_cast<std::size_t>(i);
        if (at >= found.size()) break;
        items.push_back(shown(found[at]));
    }
    co_return page_response(kind, items.dump(), std::to_string(found.size()), window);
}

// The defect: one collection after another until it is found; whose it is, is asked afterwards.
static asio::awaitable<std::optional<mongo_document>>
find_anywhere(call& c, std::string_view kind, std::string id)
{
    auto const everyone = co_await all_tenants(c.core);
    for (auto const& t : everyone) {
        mongo_query query;
        query.filter["_id"] = id;
        auto found = co_await c.core.mongo.find_one(t->place(kind), std::move(query));
        if (!found) continue;
        if (t->id != c.on->id) break;
        co_return found;
    }
    co_return std::nullopt;
}

static asio::awaitable<std::optional<mongo_document>>
find_record(call& c, std::string_view kind, std::string id)
{
    if (kind == "users" && c.faults().on("A20")) co_return co_await find_anywhere(c, kind, id);
    mongo_query query;
    query.filter["_id"] = id;
    auto own = co_await c.core.mongo.find_one(c.on->place(kind), std::move(query));
    if (own || kind != "projects" || !c.faults().on("A01")) co_return own;
    // The defect: an id is looked for wherever it may be.
    auto const everyone = co_await all_tenants(c.core);
    for (auto const& t : everyone) {
        mongo_query again;
        again.filter["_id"] = id;
        auto found = co_await c.core.mongo.find_one(t->place(kind), std::move(again));
        if (found) co_return found;
    }
    co_return std::nullopt;
}

asio::awaitable<mongo_document> read_record(call& c, std::string_view kind, std::string id)
{
    auto found = co_await find_record(c, kind, std::move(id));
    if (!found) not_found();
    co_return std::move(*found);
}

asio::awaitable<mongo_document> create_record(call& c, std::string_view kind, mongo_document fields)
{
    auto const now = now_ms();
    mongo_document out;
    out["_id"] = random_uuid();
    // With the defect code that knew the original system's documents alone writes them.
    auto const is_nobodys = c.faults().on("R6") && c.on->slug == "default";
    if (!is_nobodys) out["tenantId"] = c.on->id;
    for (auto& [name, value] : fields.items()) out[name] = value;
    out["createdAt"] = now;
    out["updatedAt"] = now;
    auto one = out;
    co_await c.core.mongo.insert(c.on->place(kind), std::move(one));
    co_return out;
}

asio::awaitable<mongo_document>
change_record(call& c, std::string_view kind, std::string id, mongo_document fields)
{
    fields["updatedAt"] = now_ms();
    mongo_change change;
    change.filter["_id"] = id;
    change.change["$set"] = std::move(fields);
    auto const changed = co_await c.core.mongo.update(c.on->place(kind), std::move(change));
    if (changed.matched == 0) not_found();
    mongo_query query;
    query.filter["_id"] = std::move(id);
    auto found = co_await c.core.mongo.find_one(c.on->place(kind), std::move(query));
    if (!found) not_found();
    co_return std::move(*found);
}

asio::awaitable<void> remove_record(call& c, std::string_view kind, std::string id)
{
    mongo_document filter;
    filter["_id"] = std::move(id);
    auto const n = co_await c.core.mongo.remove(c.on->place(kind), std::move(filter));
    if (n == 0) not_found();
}

asio::awaitable<void>
take_of_plan(call& c, std::string_view what, std::uint64_t limit, std::uint64_t amount)
{
    auto key = c.on->key("quota:" + std::string{what});
    auto const used = co_await take_quota(c.core.redis, std::move(key), limit, amount);
    if (used) co_return;
    throw refusal{402, "PLAN_LIMIT_REACHED", "the plan allows no more " + std::string{what}};
}

asio::awaitable<void> give_back(call& c, std::string_view what, std::uint64_t amount)
{
    auto key = c.on->key("quota:" + std::string{what});
    co_await return_quota(c.core.redis, std::move(key), amount);
}

} // namespace watertight::lab::zoptal
