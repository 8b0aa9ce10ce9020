#pragma once

#include "harness/drill/run.hpp"
#include "harness/experiment/plan.hpp"
#include "harness/traffic/report.hpp"
#include "harness/verdict/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace watertight::experiment {

enum class arm_id { a, b };

/// The arm of each block: A B B A A B B A ..., so that a drift over time cancels out.
arm_id arm_of_block(std::size_t block) noexcept;

/// What an experiment works with. Outlives it.
struct surroundings {
    drill::surroundings const& steps;
    /// Drives one phase and waits for its end.
    std::function<asio::awaitable<traffic::report>(traffic::phase)> drive;
    /// Statements that the database has carried out so far; may be empty, or answer nothing.
    std::function<asio::awaitable<std::optional<std::uint64_t>>()> count_queries;
};

/// Carries an experiment out: prepares, takes the arms in turn, and puts everything back.
///
/// The `restore` steps of the arms that were set up, and the experiment's own, run whatever
/// happened, cancellation of the caller included.
/// @param out  filled while it goes on, so that what ends early is there, too; owned by the caller.
///             `out.not_restored` says what could not be put back.
asio::awaitable<void> run(plan const& p, surroundings const& s, verdict::experiment_outcome& out);

/// The changes that follow from the blocks, or `note` with the reason why there are none.
void conclude(verdict::experiment_outcome& out);

} // namespace watertight::experiment
