#pragma once

#include "harness/probe/reach.hpp"

#include <vector>

namespace watertight::probe {

/// Two new objects of the same number, one of each tenant's: what one tenant asks of its own must
/// not reach the other's.
struct twins {
    /// Of the intruder and of the victim; null where none of the same number could be made.
    target::object* own = nullptr;
    target::object* theirs = nullptr;
    /// All that were made on the way.
    std::vector<target::object*> made{};
};

/// Makes objects of whichever tenant is behind until both have one of the same number; nothing
/// where numbers do not begin anew in each tenant.
asio::awaitable<twins> make_twins(context& ctx, target::resource const& r, tenant_pair pair);

/// Removes what was made.
asio::awaitable<void> discard(context& ctx, target::resource const& r, twins& both);

} // namespace watertight::probe
