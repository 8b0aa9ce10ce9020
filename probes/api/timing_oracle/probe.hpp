#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probes::api::timing_oracle {

/// Answers to the same request within moments of each other: for an object of another tenant that
/// exists, and for an id that nobody has. Milliseconds.
struct pair_of_times {
    double existing_ms = 0;
    double absent_ms = 0;
};

/// One read, by one way, for one pair of tenants.
struct trial {
    tenant_index victim{};
    /// The owner's own read: the ids are alive.
    probe::exchange control{};
    /// The last of each, for the report.
    probe::exchange existing{};
    probe::exchange absent{};
    std::vector<pair_of_times> first{};
    /// More of them, of other objects and in the reverse order; empty unless the first round gave a
    /// reason to look again.
    std::vector<pair_of_times> second{};
    std::string_view way{};
    /// Why the times mean nothing: refused, throttled, answered in different ways.
    std::string unusable{};
};

/// What one round says.
struct reading {
    /// Two-sided, of the signed-rank test.
    double p = 1;
    /// Median of existing minus absent.
    double difference_ms = 0;
    double absent_ms = 0;

    /// Large enough to be no mere difference in luck with caches: half a millisecond and a tenth of
    /// the answer's own time.
    bool is_large() const;
};

reading read(std::vector<pair_of_times> const& times);

/// Whether a first round is a reason for a second one: it decides nothing, and may err often.
bool is_worth_a_look(reading const& r);

/// Whether the second round shows a difference at the rate of error that falls to one of `tests`.
bool is_proof(reading const& r, std::size_t tests);

/// @param tests  how many comparisons the probe makes, each of which may err.
probe::conclusion judge(std::vector<trial> const& trials, std::size_t tests);
probe::unit unit();

} // namespace watertight::probes::api::timing_oracle
