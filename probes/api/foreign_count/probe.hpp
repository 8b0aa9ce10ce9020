#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::foreign_count {

/// A tenant's own view, read twice, and again after another tenant has created some objects.
struct round {
    probe::exchange before{};
    probe::exchange before_again{};
    probe::exchange after{};
    /// Objects that the other tenant created meanwhile.
    std::uint64_t made = 0;
    /// Of their numbers (`{canary.number}`), by resource; 0: they carry none.
    std::vector<std::int64_t> sums{};
};

/// Rounds with different numbers of objects: what grows by each of them counts them.
struct trial {
    tenant_index other{};
    /// "users", what the other tenant created.
    std::string resource{};
    std::vector<round> rounds{};
    /// The viewer made one of each kind meanwhile, which is among those that were made.
    bool beside_own = false;
};

/// Places whose number grew with what the other tenant made, in every round, and by nothing else:
/// by as much for each object, or by the sum of their numbers.
std::vector<std::string> counting_parts(trial const& t);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::foreign_count
