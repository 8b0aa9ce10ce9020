#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::cancelled_request {

/// What tenants saw of their own data while some of their requests were given up with the answer
/// on its way.
struct trial {
    /// Each tenant's own data before anything was given up.
    std::vector<probe::exchange> before{};
    std::vector<probe::exchange> after{};
    /// Requests whose connection was closed before the answer had come.
    std::uint64_t abandoned = 0;
};

probe::conclusion judge(trial const& t);
probe::unit unit();

} // namespace watertight::probes::api::cancelled_request
