#pragma once

#include "harness/probe/targets.hpp"

namespace watertight::probes::api::list {

/// One list as a tenant asked for it, plainly or with a parameter that names another tenant.
struct trial {
    probe::exchange answer{};
    /// It belongs to a resource whose objects carry canaries: the tenant must meet its own.
    bool must_show_own = true;
    /// Plain requests are the control of those with parameters.
    bool is_plain = true;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::list
