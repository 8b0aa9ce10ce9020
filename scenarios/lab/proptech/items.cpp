#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/proptech/call.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::proptech {

using nlohmann::json;

namespace {

/// What tenants keep: a collection, its name in answers, and its text fields, the required first.
struct kind {
    char const* collection;
    char const* title;
    char const* text;
};

constexpr kind projects{"projects", "name", "description"};
constexpr kind papers{"documents", "title", "body"};

bool is_papers(kind const& k)
{
    return std::string_view{k.collection} == papers.collection;
}

} // namespace

// The one place from which queries take their tenant.
static document own(call const& c, std::string id)
{
    auto out = matching("_id", std::move(id));
    auto const is_paper = c.in.path.starts_with("/api/documents/");
    if (!(is_paper && c.faults().on("MG1"))) out["tenant_id"] = c.on->id;
    return out;
}

static asio::awaitable<void> note_activity(call& c, char const* action, std::string title)
{
    document entry;
    entry["_id"] = random_uuid();
    if (!c.faults().on("MG6")) entry["tenant_id"] = c.on->id;
    entry["actor"] = c.actor();
    entry["action"] = action;
    entry["text"] = std::move(title);
    entry["at"] = now_ms();
    co_await c.core.store.insert(main_place("activities"), std::move(entry));
}

// What a paper belongs to must be the tenant's own; the defect asks for the id alone.
static asio::awaitable<std::optional<document>> find_project(call& c, std::string id)
{
    mongo_query q;
    q.filter = matching("_id", std::move(id));
    if (!c.faults().on("MG3")) q.filter["tenant_id"] = c.on->id;
    co_return co_await c.core.store.find_one(main_place("projects"), std::move(q));
}

static asio::awaitable<void> refer_to_project(call& c, json const& body, document& out)
{
    auto const id = text_member(body, "project_id", 64);
    if (!id) co_return;
    auto const found = co_await find_project(c, *id);
    if (!found) throw refusal{422, "UNKNOWN_PROJECT", "no such project"};
    out["project_id"] = *id;
}

// A paper's project with its name, as a reader wants it.
static asio::awaitable<json> with_project(call& c, document const& item)
{
    auto out = public_view(item);
    auto const id = text_field(item, "project_id");
    if (id.empty()) co_return out;
    auto const found = co_await find_project(c, id);
    if (found) out["project"] = json{{"id", id}, {"name", text_field(*found, "name")}};
    co_return out;
}

static void read_fields(kind const& k, json const& body, document& out)
{
    if (auto const title = text_member(body, k.title, 255)) out[k.title] = *title;
    if (auto const text = text_member(body, k.text, 100'000)) out[k.text] = *text;
    if (auto const budget = integer_member(body, "budget")) out["budget"] = *budget;
}

static asio::awaitable<void> store_new(call& c, kind k, document item)
{
    bool is_taken = false;
    try {
        co_await c.core.store.insert(main_place(k.collection), std::move(item));
    } catch (store_error const& e) {
        if (e.detail != duplicate_key) throw;
        is_taken = true;
    }
    if (is_taken) throw refusal{409, "NAME_TAKEN", "this name is taken"};
}

static asio::awaitable<response> create(call& c, kind k)
{
    auto const body = read_object(c.in);
    document item;
    item["_id"] = random_uuid();
    item["tenant_id"] = c.on->id;
    read_fields(k, body, item);
    if (text_field(item, k.title).empty()) {
        throw refusal{400, "VALIDATION", std::string{k.title} + " is required"};
    }
    if (is_papers(k)) co_await refer_to_project(c, body, item);
    item["created_by"] = c.actor();
    item["created_at"] = now_ms();
    auto const view = co_await with_project(c, item);
    auto title = text_field(item, k.title);
    co_await store_new(c, k, std::move(item));
    co_await note_activity(c, "create", std::move(title));
    co_return json_response(201, view);
}

static bool holds(document const& item, kind const& k, std::string_view term)
{
    return term.empty() || text_field(item, k.title).find(term) != std::string::npos ||
           text_field(item, k.text).find(term) != std::string::npos;
}

// The defect: what the query says with operators becomes part of the filter, as parsers of
// nested parameters hand it over: ?budget[$gt]=5, and ?tenant_id[$ne]=x as well.
static void take_operators(request const& in, document& filter)
{
    for (auto const& [name, value] : in.query) {
        auto const open = name.find("[$");
        if (open == std::string::npos || !name.ends_with(']')) continue;
        auto const operation = name.substr(open + 1, name.size() - open - 2);
        filter[name.substr(0, open)] = document{{operation, value}};
    }
}

// The tenant's own. The defects: a branch without the tenant; an index of words that knows none.
static document list_filter(call const& c, kind const& k, bool is_search)
{
    document out = document::object();
    auto const is_paper = is_papers(k);
    if (is_paper && c.faults().on("MG2")) {
        auto const is_open = document{{"confidential", document{{"$ne", true}}}};
        out["$or"] = document::array({matching("tenant_id", c.on->id), is_open});
        return out;
    }
    if (!is_paper && is_search && c.faults().on("MG11")) return out;
    // Without the defect of X07 nobody's tenant is without an id.
    if (!c.on->id.empty()) out = matching("tenant_id", c.on->id);
    if (c.faults().on("MG5")) take_operators(c.in, out);
    return out;
}

static asio::awaitable<response> list(call& c, kind k)
{
    auto const term = c.in.query_value("q").value_or("");
    mongo_query q;
    q.filter = list_filter(c, k, !term.empty());
    auto found = co_await c.core.store.find(main_place(k.collection), std::move(q));
    std::erase_if(found, [&](document const& item) { return !holds(item, k, term); });
    std::ranges::sort(found, std::greater{}, [](document const& item) {
        return std::pair{item.value("created_at", std::int64_t{0}), text_field(item, "_id")};
    });
    auto const window = read_window(c.in);
    auto items = json::array();
    auto const from = static_cast<std::size_t>(window.offset);
    auto const count = static_cast<std::size_t>(window.limit);
    for (auto i = from; i < found.size() && i - from < count; ++i) {
        items.push_back(public_view(found[i]));
    }
    auto const total = std::to_string(found.size());
    co_return page_response(k.collection, items.dump(), total, window);
}

static asio::awaitable<response> read(call& c, kind k)
{
    mongo_query q;
    q.filter = own(c, c.parameter("id"));
    auto const found = co_await c.core.store.find_one(main_place(k.collection), std::move(q));
    if (!found) not_found();
    auto const view = co_await with_project(c, *found);
    co_return json_response(200, view);
}

// By way of its project. The defect: the project is checked, and the paper is not.
static asio::awaitable<response> read_in_project(call& c)
{
    auto const project_id = c.parameter("project");
    mongo_query above;
    above.filter = own(c, project_id);
    auto const project = co_await c.core.store.find_one(main_place("projects"), std::move(above));
    if (!project) not_found();
    mongo_query q;
    q.filter = matching("_id", c.parameter("id"));
    if (!c.faults().on("A04")) {
        q.filter["tenant_id"] = c.on->id;
        q.filter["project_id"] = project_id;
    }
    auto const found = co_await c.core.store.find_one(main_place("documents"), std::move(q));
    if (!found) not_found();
    auto const view = co_await with_project(c, *found);
    co_return json_response(200, view);
}

static asio::awaitable<response> update(call& c, kind k)
{
    auto const id = c.parameter("id");
    auto const body = read_object(c.in);
    mongo_change change;
    change.filter = own(c, id);
    auto& set = change.change["$set"];
    set["updated_at"] = now_ms();
    read_fields(k, body, set);
    if (is_papers(k)) co_await refer_to_project(c, body, set);
    // The defect: whoever saves it first or last, it is saved as the sender's.
    if (!is_papers(k) && c.faults().on("MG7")) {
        change.filter = matching("_id", id);
        set["tenant_id"] = c.on->id;
        change.upsert = true;
    }
    auto const done = co_await c.core.store.update(main_place(k.collection), std::move(change));
    if (done.matched == 0 && done.upserted == 0) not_found();
    co_return co_await read(c, k);
}

static asio::awaitable<response> remove(call& c, kind k)
{
    auto filter = own(c, c.parameter("id"));
    auto const n = co_await c.core.store.remove(main_place(k.collection), std::move(filter));
    if (n == 0) not_found();
    response out;
    out.status = 204;
    co_return out;
}

static asio::awaitable<response> list_activities(call& c)
{
    mongo_query q;
    q.filter = matching("tenant_id", c.on->id);
    auto found = co_await c.core.store.find(main_place("activities"), std::move(q));
    std::ranges::sort(found, std::greater{}, [](document const& entry) {
        return entry.value("at", std::int64_t{0});
    });
    auto entries = json::array();
    for (auto const& entry : found) {
        if (entries.size() == 100) break;
        entries.push_back(public_view(entry));
    }
    co_return json_response(200, {{"activities", std::move(entries)}});
}

static asio::awaitable<response> summarise(call& c)
{
    json out{{"tenant_id", c.on->id}};
    for (auto const& k : {projects, papers}) {
        auto filter = matching("tenant_id", c.on->id);
        auto const n = co_await c.core.store.count(main_place(k.collection), std::move(filter));
        out[k.collection] = n;
    }
    co_return json_response(200, out);
}

template <kind const& K>
static void add_kind(routes& to, std::string const& path)
{
    using made = asio::awaitable<response>;
    to.add("GET", path, {access::member, scope::read, [](call& c) -> made { return list(c, K); }});
    to.add("POST", path, {access::member, scope::write, [](call& c) -> made {
                              return create(c, K);
                          }});
    auto const one = path + "/{id}";
    to.add("GET", one, {access::member, scope::read, [](call& c) -> made { return read(c, K); }});
    to.add("PATCH", one, {access::member, scope::write, [](call& c) -> made {
                              return update(c, K);
                          }});
    to.add("DELETE", one, {access::member, scope::write, [](call& c) -> made {
                               return remove(c, K);
                           }});
}

void add_items(routes& to)
{
    add_kind<projects>(to, "/api/projects");
    add_kind<papers>(to, "/api/documents");
    to.add(
        "GET",
        "/api/projects/{project}/documents/{id}",
        {access::member, scope::read, read_in_project}
    );
    to.add("GET", "/api/activities", {access::member, scope::read, list_activities});
    to.add("GET", "/api/summary", {access::member, scope::read, summarise});
}

} // namespace watertight::lab::proptech
