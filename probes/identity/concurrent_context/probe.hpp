#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::identity::concurrent_context {

/// What many tenants saw of their own data while all of them asked at once.
struct trial {
    std::vector<probe::exchange> answers{};
    /// Requests of different tenants that were in flight together.
    std::uint64_t overlaps = 0;
};

probe::conclusion judge(trial const& t);
probe::unit unit();

} // namespace watertight::probes::identity::concurrent_context
