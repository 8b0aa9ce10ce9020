#pragma once

#include "harness/drill/steps.hpp"

#include <map>
#include <string>
#include <vector>

namespace watertight::drill {

/// An invariant that has another answer than before the first step.
struct broken_invariant {
    std::string name;
    std::string before;
    std::string now;
};

/// Asks again and again what must stay as it was: the sum of a ledger, a count of rows. An answer
/// that differs is asked for a second time before it counts, and a question that cannot be answered
/// (while a schema changes) is no answer.
class invariant_watch {
public:
    /// The arguments outlive the object.
    invariant_watch(plan const& p, step_tools& tools) : plan_{p}, tools_{tools} {}

    /// Asks for all that must stay; or takes what a killed drill had kept.
    asio::awaitable<result<void>> learn();
    /// Until it is cancelled, or until one differs.
    asio::awaitable<void> watch();
    /// Why `watch` ended: "the sum of payments was 12, is 11"; empty if it did not.
    std::string const& broken() const noexcept { return broken_; }
    /// All of them once more, after the rollback; one that cannot be asked counts as broken.
    asio::awaitable<std::vector<broken_invariant>> compare();

private:
    asio::awaitable<result<std::string>> ask(invariant const& what);

    plan const& plan_;
    step_tools& tools_;
    std::map<std::string, std::string> before_;
    std::string broken_;
};

} // namespace watertight::drill
