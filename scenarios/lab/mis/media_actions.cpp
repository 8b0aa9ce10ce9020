#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"
#include "scenarios/lab/mis/media.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

// As many as a page shows.
static constexpr std::size_t archived_at_once_max = 100;

// With the defect consent is given by a medium's title, wherever one of that title is.
static std::string published_scope(fault_set const& faults)
{
    if (faults.on("A35")) return anybodys_medium;
    if (!faults.on("J13")) return own_medium;
    return "title = (SELECT m.title FROM media m WHERE m.tenant_id = $1 AND m.id = $2)";
}

static asio::awaitable<response> publish(call& c)
{
    auto const id = c.id_parameter("id");
    auto tx = co_await begin(c);
    sql_values values{c.on->id, id};
    auto rows = co_await tx.query(
        fmt::format(
            "UPDATE media SET status = 'published', updated_at = clock_timestamp() WHERE {} "
            "RETURNING {}",
            published_scope(c.faults()),
            media_item(c.faults())
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    audit(tx, c, "media.publish", "media/" + id);
    co_await tx.commit();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static std::vector<std::string> read_ids(call const& c)
{
    std::vector<std::string> out;
    auto const body = read_object(c.in);
    auto const ids = body.find("ids");
    if (ids == body.end() || !ids->is_array() || ids->empty()) {
        throw refusal{400, "VALIDATION", "ids is a list of ids"};
    }
    for (auto const& id : *ids) {
        if (!id.is_string() || !is_uuid(id.get<std::string>())) not_found();
        out.push_back(id.get<std::string>());
    }
    if (out.size() > archived_at_once_max) throw refusal{400, "VALIDATION", "too many ids"};
    return out;
}

// All of them or none. With the defect the first one speaks for the others.
static asio::awaitable<response> archive(call& c)
{
    auto const ids = read_ids(c);
    auto tx = co_await begin(c);
    auto const is_first_asked_only = c.faults().on("A10");
    if (is_first_asked_only) {
        sql_values values{c.on->id, ids.front()};
        auto const own = co_await tx.query(
            fmt::format("SELECT 1 FROM media WHERE {}", own_medium), std::move(values)
        );
        if (own.values.empty()) not_found();
    }
    sql_values values{c.on->id, fmt::format("{{{}}}", fmt::join(ids, ","))};
    auto const rows = co_await tx.query(
        fmt::format(
            "UPDATE media SET status = 'archived', updated_at = clock_timestamp() WHERE {} AND "
            "id = ANY ($2::uuid[])",
            is_first_asked_only ? "$1::uuid IS NOT NULL" : "tenant_id = $1"
        ),
        std::move(values)
    );
    if (rows.affected != ids.size()) not_found();
    for (auto const& id : ids) audit(tx, c, "media.archive", "media/" + id);
    co_await tx.commit();
    co_return json_response(200, {{"archived", ids.size()}});
}

// As the first version of the interface showed a medium. Some clients have not moved on.
static asio::awaitable<response> get_as_before(call& c)
{
    sql_values values{c.on->id, c.id_parameter("id")};
    auto const rows = co_await c.core.main.query(
        fmt::format(
            "SELECT json_build_object('id', id, 'title', title, 'caption', caption) FROM media "
            "WHERE {}",
            c.faults().on("A12") ? anybodys_medium : own_medium
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = rows.values[0][0].value();
    co_return out;
}

void add_media_actions(routes& to)
{
    to.add("POST", "/api/v1/media/archive", {access::user, archive});
    to.add("POST", "/api/v1/media/{id}/publish", {access::user, publish});
    to.add("GET", "/api/media/{id}", {access::user, get_as_before});
}

} // namespace watertight::lab::mis
