#include "harness/cli/metrics.hpp"

#include "harness/base/text.hpp"

#include <charconv>

namespace watertight::cli {

static constexpr auto store_timeout = std::chrono::seconds{5};

static std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t n = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return n;
}

static std::optional<std::uint64_t> info_field(std::string_view info, std::string_view name)
{
    for (auto const line : split(info, '\n')) {
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':') {
            return number(line.substr(name.size() + 1));
        }
    }
    return std::nullopt;
}

static asio::awaitable<void> read_redis(run_state& s, store_counters& out)
{
    auto db = co_await stores::redis::connect(
        s.loop.get_executor(), s.plan.target.redis->url, store_timeout
    );
    if (db.has_error()) co_return;
    std::vector<std::string> words{"INFO", "stats"};
    auto const info = co_await db->command(std::move(words));
    if (info.has_error()) co_return;
    out.redis_hits = info_field(info->text, "keyspace_hits");
    out.redis_misses = info_field(info->text, "keyspace_misses");
}

// pg_stat_statements is an extension that many servers lack: then there is no such metric.
static asio::awaitable<void> read_postgres(run_state& s, store_counters& out)
{
    auto db = co_await stores::postgres::connect(
        s.loop.get_executor(), s.plan.target.postgres->url, store_timeout
    );
    if (db.has_error()) co_return;
    auto const rows =
        co_await db->query("select sum(calls)::bigint from pg_stat_statements s "
                           "join pg_database d on d.oid = s.dbid and d.datname = current_database()"
        );
    if (rows.has_error() || rows->values.empty() || !rows->values[0][0]) co_return;
    out.postgres_calls = number(*rows->values[0][0]);
}

asio::awaitable<store_counters> read_counters(run_state& s)
{
    store_counters out;
    if (s.plan.target.redis) co_await read_redis(s, out);
    if (s.plan.target.postgres && !s.plan.target.postgres->url.empty())
        co_await read_postgres(s, out);
    co_return out;
}

void add_counter_metrics(
    store_counters const& before,
    store_counters const& after,
    traffic::report const& traffic,
    std::map<std::string, double>& metrics
)
{
    if (before.redis_hits && after.redis_hits && before.redis_misses && after.redis_misses) {
        auto const hits = static_cast<double>(*after.redis_hits - *before.redis_hits);
        auto const misses = static_cast<double>(*after.redis_misses - *before.redis_misses);
        if (hits + misses > 0) metrics["redis.hit_rate"] = hits / (hits + misses);
    }
    auto const requests = static_cast<double>(traffic.tally.total());
    if (before.postgres_calls && after.postgres_calls && requests > 0) {
        auto const calls = static_cast<double>(*after.postgres_calls - *before.postgres_calls);
        metrics["postgres.queries_per_request"] = calls / requests;
    }
}

} // namespace watertight::cli
