// The system before it had tenants: three collections for everybody. It serves the default host
// until the cut-over, and after a rollback.
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

#include <algorithm>

namespace watertight::lab::zoptal {

using namespace std::chrono_literals;

static mongo_place projects_place()
{
    return {std::string{common_database}, "projects"};
}

static asio::awaitable<response> original_health(call&)
{
    json const out{{"status", "ok"}, {"release", "original"}};
    co_return json_response(200, out);
}

static asio::awaitable<response> original_list(call& c)
{
    mongo_query everything;
    auto found = co_await c.core.mongo.find(projects_place(), std::move(everything));
    std::ranges::stable_sort(found, std::ranges::greater{}, [](mongo_document const& d) {
        return d.value("createdAt", std::int64_t{0});
    });
    auto const window = read_window(c.in);
    json items = json::array();
    for (auto const& d : found) {
        if (std::ssize(items) < window.limit) items.push_back(shown(d));
    }
    auto const total = std::to_string(found.size());
    co_return page_response("projects", items.dump(), total, window);
}

static asio::awaitable<response> original_create(call& c)
{
    auto const body = read_object(c.in);
    mongo_document made;
    made["_id"] = random_uuid();
    made["name"] = required_text(body, "name");
    made["description"] = text_member(body, "description", 100'000).value_or("");
    if (auto const budget = integer_member(body, "budget")) made["budget"] = *budget;
    made["createdAt"] = now_ms();
    made["updatedAt"] = made["createdAt"];
    auto one = made;
    co_await c.core.mongo.insert(projects_place(), std::move(one));
    co_return json_response(201, shown(made));
}

static asio::awaitable<response> original_read(call& c)
{
    mongo_query query;
    query.filter["_id"] = c.id_parameter("id");
    auto const found = co_await c.core.mongo.find_one(projects_place(), std::move(query));
    if (!found) not_found();
    co_return json_response(200, shown(*found));
}

static asio::awaitable<response> original_change(call& c)
{
    auto const body = read_object(c.in);
    mongo_document fields = mongo_document::object();
    if (auto const name = text_member(body, "name", 255)) fields["name"] = *name;
    if (auto const text = text_member(body, "description", 100'000)) fields["description"] = *text;
    fields["updatedAt"] = now_ms();
    mongo_change change;
    change.filter["_id"] = c.id_parameter("id");
    change.change["$set"] = std::move(fields);
    auto const changed = co_await c.core.mongo.update(projects_place(), std::move(change));
    if (changed.matched == 0) not_found();
    co_return co_await original_read(c);
}

// What either release answers with.
struct counterpart {
    handler before;
    handler now;
};

static constexpr std::array counterparts{
    counterpart{original_health, health},
    counterpart{original_list, list_projects},
    counterpart{original_create, create_project},
    counterpart{original_read, get_project},
    counterpart{original_change, change_project},
};

// Counted as long as it works on the data; waits while that is moved.
static asio::awaitable<release_switch::stay> enter(process_state& process)
{
    while (true) {
        while (process.is_held) co_await pause(5ms);
        auto here = process.release.enter();
        // Whoever entered just before the data is held leaves again.
        if (!process.is_held) co_return here;
    }
}

asio::awaitable<response> serve_default(call& c, handler run)
{
    auto const here = co_await enter(c.process());
    auto const is_it = [run](counterpart const& x) { return x.before == run || x.now == run; };
    auto const found = std::ranges::find_if(counterparts, is_it);
    if (!here.multi()) {
        if (found == counterparts.end()) not_found();
        co_return co_await found->before(c);
    }
    if (!c.on) c.on = co_await find_tenant(c.core, "default");
    if (!c.on) throw refusal{404, "TENANT_NOT_FOUND", "this host belongs to no tenant"};
    auto const now = found == counterparts.end() ? run : found->now;
    co_return co_await now(c);
}

template <handler Before>
static asio::awaitable<response> on_default_host(call& c)
{
    return serve_default(c, Before);
}

void add_original(routes& to)
{
    static constexpr auto who = access::original;
    to.add("GET", "/original/api/health", {who, on_default_host<original_health>});
    to.add("GET", "/original/api/projects", {who, on_default_host<original_list>});
    to.add("POST", "/original/api/projects", {who, on_default_host<original_create>});
    to.add("GET", "/original/api/projects/{id}", {who, on_default_host<original_read>});
    to.add("PATCH", "/original/api/projects/{id}", {who, on_default_host<original_change>});
}

} // namespace watertight::lab::zoptal
