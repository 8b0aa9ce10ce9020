#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/cached_entry.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <functional>

namespace watertight::lab::user_integers {

using nlohmann::json;

static constexpr char const* integer_json =
    "json_build_object('id', id, 'user_id', user_id, 'value', value, 'created_at', created_at, "
    "'updated_at', updated_at)";

// The release with tenants serves this system's users as the default tenant's.
static constexpr char const* default_tenant =
    "(SELECT id FROM tenants WHERE subdomain = 'default')";

static std::string scope(bool multi)
{
    return multi ? fmt::format("tenant_id = {}", default_tenant) : "true";
}

// With R7 the release with tenants keeps what is new in a table that the way back knows nothing of.
static std::string table_of(call const& c, bool multi)
{
    if (!multi || !c.faults().on("R7")) return "user_integers";
    return "(SELECT * FROM user_integers UNION ALL SELECT * FROM user_integers_v2) both_tables";
}

static response release_response(int status, std::string body, bool multi)
{
    response out;
    out.status = status;
    out.body = std::move(body);
    out.headers.emplace_back("X-Release", multi ? "multi" : "single");
    return out;
}

// An object stays in the release that it is in; what names none is dealt out in turn.
static release_switch::stay enter_with(call& c, std::string_view id)
{
    return c.process().release.enter(std::hash<std::string_view>{}(id));
}

static release_switch::stay enter_next(call& c)
{
    static std::atomic<std::size_t> turn{0};
    // Steps of 61 visit each of a hundred places once, in no block of neighbours.
    return c.process().release.enter(turn++ * 61);
}

static asio::awaitable<response> list_classic(call& c)
{
    auto const here = enter_next(c);
    auto const limit = c.in.query_number("limit", 100, 1, 10'000);
    auto const rows = co_await c.core.classic.query(fmt::format(
        "SELECT (SELECT count(*) FROM {3} WHERE {0}), coalesce(json_agg(item), '[]') FROM "
        "(SELECT {1} AS item FROM {3} WHERE {0} ORDER BY created_at DESC, id LIMIT {2}) p",
        scope(here.multi()),
        integer_json,
        limit,
        table_of(c, here.multi())
    ));
    auto body = fmt::format(
        R"({{"user_integers":{},"total":{}}})", rows.values[0][1].value(), rows.values[0][0].value()
    );
    co_return release_response(200, std::move(body), here.multi());
}

// Either release keeps an integer's answer here, and a change by either takes it away.
static cached_entry kept_answer(call& c, std::string const& id)
{
    cache_keys keys{"classic:integer:" + id, "classic:claim:integer:" + id};
    return {c.core.redis, std::move(keys)};
}

static asio::awaitable<response> get_classic(call& c)
{
    auto const id = c.id_parameter("id");
    auto const here = enter_with(c, id);
    auto kept = kept_answer(c, id);
    // With the defect the new release neither reads nor empties the old one's cache.
    auto const uses_cache = !here.multi() || !c.faults().on("R8");
    if (uses_cache) {
        auto hit = co_await kept.read();
        if (hit) co_return release_response(200, std::move(*hit), here.multi());
    }
    sql_values values{id};
    auto rows = co_await c.core.classic.query(
        fmt::format(
            "SELECT {} FROM {} WHERE id = $1 AND {}",
            integer_json,
            table_of(c, here.multi()),
            scope(here.multi())
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    auto body = std::move(rows.values[0][0].value());
    if (uses_cache) co_await kept.fill(body);
    co_return release_response(200, std::move(body), here.multi());
}

// The first of the table's users, where the body names none.
static asio::awaitable<response> create_classic(call& c)
{
    auto const id = random_uuid();
    auto const here = enter_with(c, id);
    auto const body = read_object(c.in);
    auto const value = integer_member(body, "value");
    if (!value) throw refusal{400, "VALIDATION", "value is required"};
    sql_values values{
        id, std::to_string(*value), text_member(body, "username", 255).value_or("member1")};
    auto const apart = here.multi() && c.faults().on("R7");
    auto const sql = fmt::format(
        "INSERT INTO {} (id, user_id, value{}) SELECT $1, u.id, $2{} FROM users u "
        "WHERE username = $3 RETURNING {}",
        apart ? "user_integers_v2" : "user_integers",
        here.multi() ? ", tenant_id" : "",
        here.multi() ? fmt::format(", {}", default_tenant) : "",
        integer_json
    );
    auto rows = co_await c.core.classic.query(sql, std::move(values));
    if (rows.values.empty()) not_found();
    co_return release_response(201, std::move(rows.values[0][0].value()), here.multi());
}

static asio::awaitable<stores::postgres_rows>
update_in(call& c, std::string table, std::string id, std::int64_t value, bool multi)
{
    sql_values values{std::move(id), std::to_string(value)};
    auto sql = fmt::format(
        "UPDATE {} SET value = $2, updated_at = clock_timestamp() WHERE id = $1 AND {} "
        "RETURNING {}",
        table,
        scope(multi),
        integer_json
    );
    return c.core.classic.query(std::move(sql), std::move(values));
}

static asio::awaitable<response> update_classic(call& c)
{
    auto const id = c.id_parameter("id");
    auto const here = enter_with(c, id);
    auto const value = integer_member(read_object(c.in), "value");
    if (!value) throw refusal{400, "VALIDATION", "value is required"};
    auto rows = co_await update_in(c, "user_integers", id, *value, here.multi());
    if (rows.values.empty() && here.multi() && c.faults().on("R7")) {
        rows = co_await update_in(c, "user_integers_v2", id, *value, here.multi());
    }
    if (rows.values.empty()) not_found();
    auto kept = kept_answer(c, id);
    if (!here.multi() || !c.faults().on("R8")) co_await kept.invalidate();
    co_return release_response(200, std::move(rows.values[0][0].value()), here.multi());
}

static response current_release(call const& c)
{
    return json_response(200, {{"multi_percent", c.process().release.share_pct()}});
}

static asio::awaitable<response> get_release(call& c)
{
    co_return current_release(c);
}

static asio::awaitable<response> set_release(call& c)
{
    auto const wanted = integer_member(read_object(c.in), "multi_percent");
    if (!wanted || *wanted < 0 || *wanted > 100) {
        throw refusal{400, "VALIDATION", "multi_percent is a number from 0 to 100"};
    }
    // With the defect the way back stops where the roll-out began.
    auto const least = c.faults().on("R10") && c.process().release.share_pct() > 0 ? 10 : 0;
    c.process().release.set_share(static_cast<unsigned>(std::max<std::int64_t>(*wanted, least)));
    // Whoever asked may change the schema next, so a release that is off has to be out of it.
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!c.process().release.drained() && std::chrono::steady_clock::now() < end)
        co_await pause(std::chrono::milliseconds{1});
    co_return current_release(c);
}

static asio::awaitable<void> report_once(core_state& core)
{
    auto tx = co_await core.classic.begin("SET TRANSACTION READ ONLY");
    co_await tx.query("SELECT tenant_id, count(*) FROM user_integers GROUP BY tenant_id");
    // With the defect the report keeps its transaction, and so its lock, while it formats.
    if (core.process.faults.on("R1")) co_await pause(std::chrono::seconds{20});
    co_await tx.commit();
}

asio::awaitable<void> report_on_owners(core_state& core)
{
    while (true) {
        co_await pause(std::chrono::milliseconds{50});
        if (core.process.release.share_pct() == 0) continue;
        try {
            co_await report_once(core);
        } catch (store_error const&) {
            // The schema may be on its way from one form to the other; the next report will do.
        }
    }
}

void add_classic(routes& to)
{
    to.add("GET", "/classic/api/v1/user_integers", {access::anyone, list_classic});
    to.add("POST", "/classic/api/v1/user_integers", {access::anyone, create_classic});
    to.add("GET", "/classic/api/v1/user_integers/{id}", {access::anyone, get_classic});
    to.add("PATCH", "/classic/api/v1/user_integers/{id}", {access::anyone, update_classic});
    to.add("GET", "/_lab/release", {access::platform, get_release});
    to.add("POST", "/_lab/release", {access::platform, set_release});
}

} // namespace watertight::lab::user_integers
