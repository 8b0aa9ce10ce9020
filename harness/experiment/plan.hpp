#pragma once

#include "harness/drill/plan.hpp"
#include "harness/traffic/plan.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace watertight::experiment {

/// One of the two states that are compared.
struct arm {
    /// Bring the system into this state, from the other one or from that after `prepare`.
    std::vector<drill::step> set_up;
    /// Undo what `set_up` leaves.
    std::vector<drill::step> restore;
};

enum class statistic { median, mean };

/// The same load on a system in two states that take turns, so that what changes with time alone
/// (caches that fill, tables that grow, a busy neighbour) falls on both alike.
struct plan {
    std::string name;
    /// Once, before the first arm.
    std::vector<drill::step> prepare;
    arm a;
    arm b;
    /// Undo what `prepare` leaves; after the arms' own.
    std::vector<drill::step> restore;
    /// What is sent in each block, and for how long. A closed loop.
    traffic::phase load;
    /// The same load just before each block, not measured: caches warm up, plans are made.
    std::chrono::nanoseconds settle = std::chrono::milliseconds{200};
    /// Each is four blocks, in the order A B B A: two of each arm.
    std::size_t rounds = 3;
    /// What stands for a block's latencies.
    statistic of_block = statistic::median;
    target::source_place place;
};

} // namespace watertight::experiment
