#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/evidence/ledger.hpp"
#include "harness/traffic/histogram.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::traffic {

/// Why a request did not succeed. `throttled` is 429, kept apart from the target's other refusals;
/// a `redirect` (3xx) is told and not followed, for what it leads to was not asked for.
enum class error_kind {
    connect,
    timeout,
    reset,
    malformed,
    redirect,
    status_4xx,
    status_5xx,
    throttled,
};
inline constexpr std::array all_error_kinds{
    error_kind::connect,
    error_kind::timeout,
    error_kind::reset,
    error_kind::malformed,
    error_kind::redirect,
    error_kind::status_4xx,
    error_kind::status_5xx,
    error_kind::throttled,
};
inline constexpr std::size_t error_kinds = all_error_kinds.size();
std::string_view to_string(error_kind e);

struct counts {
    std::uint64_t ok = 0;
    std::array<std::uint64_t, error_kinds> errors{};

    std::uint64_t failed() const noexcept;
    std::uint64_t total() const noexcept { return ok + failed(); }
};

struct operation_report {
    std::string name;
    counts tally;
    /// From the intended send time to the last byte of an answer of any status, or to the timeout.
    /// Requests that broke (connect, reset, malformed) have none.
    histogram latency;
    /// From the actual send time.
    histogram service_time;
};

struct tenant_report {
    std::string slug;
    std::string plan;
    counts tally;
    histogram latency;
    /// Answers in which the tenant met its own canary: the positive control under load.
    std::uint64_t own_seen = 0;
};

/// One second of one phase.
struct second {
    /// Seconds since the run's start.
    std::uint32_t at = 0;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t p50_us = 0;
    std::uint64_t p95_us = 0;
    std::uint64_t p99_us = 0;
    std::uint64_t max_us = 0;
};

struct phase_report {
    std::string name;
    bool warm_up = false;
    /// The schedule's mean rate; 0 in a closed loop, which has none.
    double offered_per_s = 0;
    /// Answered or failed within the phase, per second of it.
    double achieved_per_s = 0;
    double started_s = 0;
    double duration_s = 0;
    /// Requests that the schedule wanted but that were still waiting when the phase ended.
    std::uint64_t unsent = 0;
    /// The schedule's worst lag: how late a request left for want of a free connection.
    std::uint64_t lag_us_max = 0;
    std::uint64_t abandoned = 0;
    /// How many tenants took part.
    std::size_t tenants = 0;
    counts tally{};
    histogram latency{};
};

/// What all cores recorded, merged.
struct report {
    /// Those that were begun, in the order of the plan.
    std::vector<phase_report> phases;
    /// The phase after which options::goes_on said no; empty: it never did.
    std::string stopped_after;
    std::vector<operation_report> operations;
    std::vector<tenant_report> tenants;
    std::vector<second> series;
    histogram latency;
    counts tally;
    std::uint64_t bytes_scanned = 0;
    std::uint64_t responses_scanned = 0;
    /// Of these, packed in a way that could not be undone: they were searched as they came.
    std::uint64_t responses_unreadable = 0;
    /// Pairs of different tenants that followed each other on one connection.
    std::uint64_t interleavings = 0;
    std::uint64_t connects = 0;
    /// Reads of single objects that were held against the ledger, and those of them that showed an
    /// earlier value than the last acknowledged one.
    std::uint64_t reads_judged = 0;
    std::uint64_t reads_stale = 0;
    /// Above every serial that traffic gave to an object: see options::serial_start.
    std::uint32_t serial_end = 0;
    bool interrupted = false;
    evidence::finding_book findings;
    /// The writes. An object that existed before has its earlier state as a creation at time zero.
    evidence::ledger history;
};

} // namespace watertight::traffic
