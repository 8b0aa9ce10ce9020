#pragma once

#include "harness/cli/stages.hpp"

namespace watertight::cli {

/// Counters of the stores at one moment; nothing where a store is not named or does not answer.
struct store_counters {
    std::optional<std::uint64_t> redis_hits{};
    std::optional<std::uint64_t> redis_misses{};
    std::optional<std::uint64_t> postgres_calls{};
    std::optional<std::uint64_t> mongo_operations{};
};

asio::awaitable<store_counters> read_counters(run_state& s);

/// redis.hit_rate, postgres.queries_per_request and mongo.operations_per_request, as far as both
/// readings have what it takes.
void add_counter_metrics(
    store_counters const& before,
    store_counters const& after,
    traffic::report const& traffic,
    std::map<std::string, double>& metrics
);

} // namespace watertight::cli
