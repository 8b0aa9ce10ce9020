#include "harness/traffic/slot_pool.hpp"

#include <numeric>

namespace watertight::traffic {

// How many idle connections to look at for one that another tenant used last.
static constexpr std::size_t looks_max = 8;

slot_pool::slot_pool(connection_mode mode, std::size_t slots)
    : mode_{mode}, free_(slots), owners_(slots), last_(slots)
{
    std::iota(free_.rbegin(), free_.rend(), std::size_t{0});
}

bool slot_pool::owns(std::size_t slot, user who) const noexcept
{
    auto const& owner = owners_[slot];
    if (!owner) return false;
    return mode_ == connection_mode::per_user ? *owner == who : owner->tenant == who.tenant;
}

// The most recently used come first where any will do: the fewest connections are kept warm.
std::size_t slot_pool::place_for(user who) const noexcept
{
    if (mode_ == connection_mode::mixed) {
        for (std::size_t n = 1; n <= free_.size() && n <= looks_max; ++n) {
            auto const& last = last_[free_[free_.size() - n]];
            if (last && *last != who.tenant) return free_.size() - n;
        }
        return free_.size() - 1;
    }
    std::optional<std::size_t> unowned;
    for (auto n = free_.size(); n-- > 0;) {
        if (owns(free_[n], who)) return n;
        if (!owners_[free_[n]]) unowned = n;
    }
    return unowned.value_or(0);
}

std::optional<slot_pool::choice> slot_pool::take(user who)
{
    if (free_.empty()) return std::nullopt;
    auto const place = place_for(who);
    choice c{.slot = free_[place]};
    free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(place));

    if (mode_ != connection_mode::mixed) {
        c.changes_owner = owners_[c.slot] && !owns(c.slot, who);
        owners_[c.slot] = who;
        if (c.changes_owner) forget(c.slot);
    }
    auto& last = last_[c.slot];
    if (last && *last != who.tenant) ++interleavings_;
    last = who.tenant;
    return c;
}

void slot_pool::give_back(std::size_t slot)
{
    free_.push_back(slot);
}

} // namespace watertight::traffic
