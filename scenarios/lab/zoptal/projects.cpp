#include "scenarios/lab/core/cached_entry.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

namespace watertight::lab::zoptal {

static cache_keys keys_of(call const& c, std::string const& id)
{
    if (c.faults().on("K01")) return {"zoptal:project:" + id, "zoptal:claim:" + id};
    return {c.on->key("project:" + id), c.on->key("claim:" + id)};
}

static mongo_document read_fields(call const& c, bool is_new)
{
    auto const body = read_object(c.in);
    mongo_document out = mongo_document::object();
    if (is_new) {
        out["name"] = required_text(body, "name");
    } else if (auto const name = text_member(body, "name", 255)) {
        if (name->empty()) throw refusal{400, "VALIDATION", "name is empty"};
        out["name"] = *name;
    }
    if (auto const text = text_member(body, "description", 100'000)) out["description"] = *text;
    if (auto const budget = integer_member(body, "budget")) out["budget"] = *budget;
    return out;
}

asio::awaitable<response> list_projects(call& c)
{
    co_return co_await list_records(c, "projects");
}

// The defect: a report on all projects has a place with one tenant.
static asio::awaitable<void> add_to_report(call& c, mongo_document const& made)
{
    std::shared_ptr<tenant const> keeper;
    {
        std::lock_guard const lock{c.process().report_mutex};
        auto& owner = c.process().report_owner;
        if (!owner) owner = c.on;
        keeper = owner;
    }
    mongo_document line;
    line["_id"] = random_uuid();
    line["project"] = made.at("name");
    auto const at = keeper->place("report");
    co_await c.core.mongo.insert(at, std::move(line));
}

asio::awaitable<response> create_project(call& c)
{
    auto fields = read_fields(c, true);
    co_await take_of_plan(c, "projects", c.on->on_plan->projects_max);
    auto const made = co_await create_record(c, "projects", std::move(fields));
    if (c.faults().on("MG10")) co_await add_to_report(c, made);
    auto text = shown(made).dump();
    co_await tell(c, "projects", std::move(text));
    co_return json_response(201, shown(made));
}

static response with_state(std::string body, char const* state)
{
    response out;
    out.body = std::move(body);
    out.headers.emplace_back("X-Cache", state);
    return out;
}

static asio::awaitable<response> read_project(call& c, std::string id)
{
    cached_entry cached{c.core.redis, keys_of(c, id)};
    auto hit = co_await cached.read();
    if (hit) co_return with_state(std::move(*hit), "HIT");
    auto const found = co_await read_record(c, "projects", id);
    auto body = shown(found).dump();
    co_await cached.fill(body);
    co_return with_state(std::move(body), "MISS");
}

asio::awaitable<response> get_project(call& c)
{
    auto const id = c.id_parameter("id");
    auto& versions = c.process().versions;
    if (c.faults().on("K19") && versions.confirms(id, c.in)) co_return not_modified();
    auto out = co_await read_project(c, id);
    add_validator(c.in, out);
    if (c.faults().on("K19")) versions.keep(id, out);
    co_return out;
}

asio::awaitable<response> change_project(call& c)
{
    auto const id = c.id_parameter("id");
    auto fields = read_fields(c, c.in.method == "PUT");
    auto const now = co_await change_record(c, "projects", id, std::move(fields));
    cached_entry cached{c.core.redis, keys_of(c, id)};
    if (!c.faults().on("K09")) co_await cached.invalidate();
    auto text = shown(now).dump();
    co_await tell(c, "projects", std::move(text));
    co_return json_response(200, shown(now));
}

static asio::awaitable<response> remove_project(call& c)
{
    auto const id = c.id_parameter("id");
    co_await remove_record(c, "projects", id);
    cached_entry cached{c.core.redis, keys_of(c, id)};
    if (!c.faults().on("K09")) co_await cached.invalidate();
    co_await give_back(c, "projects");
    response out;
    out.status = 204;
    co_return out;
}

void add_projects(routes& to)
{
    to.add("GET", "/api/projects", {access::user, list_projects});
    to.add("POST", "/api/projects", {access::user, create_project});
    to.add("GET", "/api/projects/{id}", {access::user, get_project});
    to.add("PUT", "/api/projects/{id}", {access::user, change_project});
    to.add("PATCH", "/api/projects/{id}", {access::user, change_project});
    to.add("DELETE", "/api/projects/{id}", {access::user, remove_project});
}

} // namespace watertight::lab::zoptal
