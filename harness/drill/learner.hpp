#pragma once

#include "harness/drill/live_traffic.hpp"
#include "harness/drill/lore.hpp"
#include "harness/drill/run.hpp"

#include <vector>

namespace watertight::drill {

/// Looks at the data between the phases of a drill, to tell what the traffic does to it by itself
/// from what the steps do. Only tables that are compared row by row are looked at.
class learner {
public:
    /// The arguments outlive the object.
    learner(plan const& p, surroundings& s, live_traffic const& traffic);

    /// Nothing but the traffic has gone on since `before` was seen.
    asio::awaitable<void> end_baseline(std::vector<contents> const& before);
    /// The forward steps are done.
    asio::awaitable<void> end_steps();
    /// Looks again and again at what the new version does, until it is cancelled.
    asio::awaitable<void> watch_window();
    /// The way back begins: what no look has borne out is not known.
    void end_window();
    /// What a killed drill had learnt.
    void take_up(unfinished const& past);

    /// By the fingerprint's place in the plan.
    lore const& of(std::size_t site) const;

private:
    asio::awaitable<std::vector<contents>> look();

    plan const& plan_;
    surroundings& around_;
    live_traffic const& traffic_;
    std::vector<lore> all_;
    std::vector<contents> last_;
    bool has_seen_window_ = false;
};

} // namespace watertight::drill
