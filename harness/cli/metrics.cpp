#include "harness/cli/metrics.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
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

// What clients asked for: mongod counts by kind; servers like it by command.
static std::optional<std::uint64_t> operations_in(stores::mongo_document const& status)
{
    std::uint64_t out = 0;
    static constexpr std::string_view kinds[] = {
        "insert",
        "query",
        "find",
        "update",
        "delete",
        "getMore",
        "getmore",
        "command",
        "aggregate",
        "count",
        "distinct",
        "findAndModify"};
    if (auto const counts = status.find("opcounters"); counts != status.end()) {
        for (auto const& [kind, n] : counts->items()) {
            auto const is_counted = std::ranges::count(kinds, kind) != 0;
            if (is_counted && n.is_number_unsigned()) out += n.get<std::uint64_t>();
        }
        return out;
    }
    auto const place = stores::mongo_document::json_pointer{"/metrics/commands"};
    if (!status.contains(place)) return std::nullopt;
    for (auto const& [command, counts] : status[place].items()) {
        if (std::ranges::count(kinds, command) == 0 || !counts.is_object()) continue;
        out += counts.value("total", std::uint64_t{0});
    }
    return out;
}

static asio::awaitable<void> read_mongo(run_state& s, store_counters& out)
{
    auto db = co_await stores::mongo::connect(
        s.loop.get_executor(), s.plan.target.mongo->url, store_timeout
    );
    if (db.has_error()) co_return;
    stores::mongo_document words;
    words["serverStatus"] = 1;
    auto const status = co_await db->command("admin", std::move(words));
    if (status.has_value()) out.mongo_operations = operations_in(*status);
}

asio::awaitable<store_counters> read_counters(run_state& s)
{
    store_counters out;
    if (s.plan.target.redis) co_await read_redis(s, out);
    if (s.plan.target.postgres && !s.plan.target.postgres->url.empty())
        co_await read_postgres(s, out);
    if (s.plan.target.mongo) co_await read_mongo(s, out);
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
    if (before.mongo_operations && after.mongo_operations && requests > 0) {
        auto const operations =
            static_cast<double>(*after.mongo_operations - *before.mongo_operations);
        metrics["mongo.operations_per_request"] = operations / requests;
    }
}

} // namespace watertight::cli
