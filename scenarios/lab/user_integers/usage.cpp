#include "scenarios/lab/user_integers/usage.hpp"

#include "scenarios/lab/user_integers/handlers.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace watertight::lab::user_integers {

std::string month_of(std::int64_t epoch_s)
{
    return fmt::format("{:%Y-%m}", fmt::gmtime(static_cast<std::time_t>(epoch_s)));
}

void call_book::note(std::string const& tenant_id, std::uint64_t count)
{
    std::lock_guard const lock{mutex_};
    auto& last = noted_[tenant_id];
    last = std::max(last, count);
}

std::map<std::string, std::uint64_t> call_book::take()
{
    std::lock_guard const lock{mutex_};
    return std::exchange(noted_, {});
}

void call_book::forget(std::string const& tenant_id)
{
    std::lock_guard const lock{mutex_};
    noted_.erase(tenant_id);
}

// The tenant may be on its way out: then there is nothing to keep.
static std::string keep_sql(std::string_view month, std::string_view tenant_id, std::uint64_t count)
{
    auto const id = stores::quote_literal(tenant_id);
    return fmt::format(
        "INSERT INTO tenant_usage (tenant_id, month_year, api_calls_count) "
        "SELECT {0}, {1}, {2} WHERE EXISTS (SELECT FROM tenants WHERE id = {0} FOR KEY SHARE) "
        "ON CONFLICT (tenant_id, month_year) DO UPDATE SET api_calls_count = "
        "greatest(tenant_usage.api_calls_count, excluded.api_calls_count), "
        "updated_at = clock_timestamp()",
        id,
        stores::quote_literal(month),
        count
    );
}

static asio::awaitable<void> write_book(core_state& core)
{
    auto const month = month_of(now_s());
    auto const noted = core.process.calls.take();
    for (auto const& [tenant_id, count] : noted) {
        auto sql = keep_sql(month, tenant_id, count);
        co_await core.main.script(std::move(sql));
    }
}

asio::awaitable<void> keep_usage(core_state& core)
{
    while (true) {
        co_await pause(std::chrono::milliseconds{500});
        try {
            co_await write_book(core);
        } catch (store_error const&) {
            // Redis has the counts; the next request of the tenant notes them again.
        }
    }
}

// The month's calls as Redis has them, this one included.
static asio::awaitable<response> get_usage(call& c)
{
    auto const month = month_of(now_s());
    auto const calls = co_await c.core.redis.get(month_key(c.faults(), c.on->id, month));
    sql_values values{c.on->id, month, calls.value_or("0")};
    auto rows = co_await query(
        c,
        "WITH stored AS (SELECT coalesce(sum(pg_column_size(i.*)), 0) / 1048576.0 AS mb "
        "FROM user_integers i WHERE tenant_id = $1), "
        "kept AS (INSERT INTO tenant_usage (tenant_id, month_year, api_calls_count, "
        "storage_used_mb) SELECT $1, $2, $3, mb FROM stored "
        "ON CONFLICT (tenant_id, month_year) DO UPDATE SET "
        "api_calls_count = greatest(tenant_usage.api_calls_count, excluded.api_calls_count), "
        "storage_used_mb = excluded.storage_used_mb, updated_at = clock_timestamp() "
        "RETURNING month_year, api_calls_count, storage_used_mb) "
        "SELECT json_build_object('month_year', month_year, 'api_calls_count', api_calls_count, "
        "'storage_used_mb', storage_used_mb, 'users_count', (SELECT count(*) FROM users "
        "WHERE tenant_id = current_tenant())) FROM kept",
        std::move(values)
    );
    auto body = rows.values[0][0].value();
    body.pop_back();
    response out;
    out.body = fmt::format(
        R"({}, "max_users": {}, "max_api_calls_per_month": {}}})",
        body,
        c.on->users_max,
        c.on->calls_per_month
    );
    co_return out;
}

static asio::awaitable<response> get_summary(call& c)
{
    auto const scope = c.faults().on("A07") ? "$1::uuid IS NOT NULL" : "tenant_id = $1";
    sql_values values{c.on->id};
    auto rows = co_await query(
        c,
        fmt::format(
            "SELECT json_build_object('integers', count(*), 'average', round(avg(value), 3)) "
            "FROM user_integers WHERE {}",
            scope
        ),
        std::move(values)
    );
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

void add_usage(routes& to)
{
    to.add("GET", "/api/v1/tenant/usage", {access::admin, get_usage});
    to.add("GET", "/api/v1/tenant/summary", {access::admin, get_summary});
}

} // namespace watertight::lab::user_integers
