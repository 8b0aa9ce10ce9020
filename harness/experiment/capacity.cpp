#include "harness/experiment/capacity.hpp"

#include <algorithm>
#include <cmath>

namespace watertight::experiment {

std::optional<double> capacity_search::next() const
{
    auto const is_failed = std::isfinite(failed_);
    if (steps_ >= limits_.steps_max || is_confirmed_) return std::nullopt;
    if (held_.empty()) {
        auto const lower = is_failed ? failed_ / 2 : std::min(limits_.first, limits_.highest);
        return lower >= limits_.lowest ? std::optional{lower} : std::nullopt;
    }
    auto const best = held_.back();
    if (!is_failed && best < limits_.highest) return std::min(2 * best, limits_.highest);
    if (is_failed && failed_ > best * (1 + limits_.precision)) return std::sqrt(best * failed_);
    return best;
}

void capacity_search::record(bool holds)
{
    auto const rate = next();
    if (!rate) return;
    ++steps_;
    auto const is_again = !held_.empty() && *rate == held_.back();
    if (holds) {
        if (is_again)
            is_confirmed_ = true;
        else
            held_.push_back(*rate);
        return;
    }
    failed_ = std::min(failed_, *rate);
    while (!held_.empty() && held_.back() >= failed_) held_.pop_back();
}

} // namespace watertight::experiment
