#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/graph_query.hpp"
#include "scenarios/lab/mis/handlers.hpp"
#include "scenarios/lab/mis/media.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;

static constexpr std::size_t queries_max = 10;

// What a request has found out about whoever sends it.
struct graph_request {
    bool is_admitted = false;
};

static asio::awaitable<json> resolve_medium(call& c, graph_field field, graph_request& request)
{
    auto const id = to_lower(field.argument("id"));
    if (!is_uuid(id)) co_return nullptr;
    // The defect: whoever was shown one medium is shown the others of the same request.
    auto const is_trusting = c.faults().on("A24") && request.is_admitted;
    sql_values values{c.on->id, id};
    auto const rows = co_await c.core.main.query(
        fmt::format(
            "SELECT json_build_object('id', id, 'title', title, 'caption', caption, 'status', "
            "status) FROM media WHERE {}",
            is_trusting ? anybodys_medium : own_medium
        ),
        std::move(values)
    );
    if (rows.values.empty()) co_return nullptr;
    request.is_admitted = true;
    auto const found = json::parse(rows.values[0][0].value());
    auto out = json::object();
    for (auto const& name : field.selected) {
        if (!found.contains(name)) throw refusal{400, "BAD_QUERY", "media has no " + name};
        out[name] = found[name];
    }
    co_return out;
}

static asio::awaitable<json> run_query(call& c, json body, graph_request& request)
{
    auto const text = required_text(body, "query", 10'000);
    auto const fields = parse_graph_query(text, body.value("variables", json::object()));
    auto data = json::object();
    for (auto const& field : fields) {
        if (field.name != "media") throw refusal{400, "BAD_QUERY", "there is no " + field.name};
        auto resolved = co_await resolve_medium(c, field, request);
        data[field.key] = std::move(resolved);
    }
    co_return json{{"data", std::move(data)}};
}

static asio::awaitable<response> answer_graph(call& c)
{
    auto const body = json::parse(c.in.body, nullptr, false);
    graph_request request;
    if (body.is_object()) {
        auto const one = co_await run_query(c, body, request);
        co_return json_response(200, one);
    }
    if (!body.is_array() || body.empty() || body.size() > queries_max) {
        throw refusal{400, "BAD_QUERY", "a query, or a list of some"};
    }
    auto out = json::array();
    for (auto const& each : body) {
        if (!each.is_object()) throw refusal{400, "BAD_QUERY", "a list of queries"};
        auto one = co_await run_query(c, each, request);
        out.push_back(std::move(one));
    }
    co_return json_response(200, out);
}

void add_graph(routes& to)
{
    to.add("POST", "/graphql", {access::user, answer_graph});
}

} // namespace watertight::lab::mis
