#pragma once

#include <limits>
#include <optional>
#include <vector>

namespace watertight::experiment {

/// Looks for the highest rate at which something holds: by doubling or halving until it is between
/// two rates, by their geometric mean until those are near enough, and by asking again for the one
/// that held. What does not hold once counts as not holding.
class capacity_search {
public:
    struct limits {
        /// Per second.
        double first = 100;
        double lowest = 1;
        double highest = 10'000;
        /// Ends when the lowest rate that fails is at most this share above the one that holds.
        double precision = 0.1;
        int steps_max = 24;
    };
    explicit capacity_search(limits l) : limits_{l} {}

    /// The rate to try next; nothing when there is no more to learn.
    std::optional<double> next() const;
    /// Whether it holds at the rate that `next` gave.
    void record(bool holds);

    /// The highest rate that held; 0 if none did.
    double found() const { return held_.empty() ? 0 : held_.back(); }
    /// Whether it held there twice, and did not above it (or nothing above was to be tried).
    bool is_settled() const { return is_confirmed_; }
    /// The lowest rate at which it did not hold; infinite if there is none.
    double failed() const { return failed_; }

private:
    limits limits_;
    /// Ascending.
    std::vector<double> held_;
    double failed_ = std::numeric_limits<double>::infinity();
    bool is_confirmed_ = false;
    int steps_ = 0;
};

} // namespace watertight::experiment
