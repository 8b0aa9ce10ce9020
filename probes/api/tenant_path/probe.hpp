#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::tenant_path {

/// An operation whose path names a tenant: the victim's own view twice, the intruder's own view,
/// and the intruder asking for the victim's.
struct trial {
    probe::exchange victims{};
    probe::exchange victims_again{};
    probe::exchange own{};
    probe::exchange hostile{};
};

/// Stable parts of the victim's view that differ from the intruder's own and that the hostile
/// answer repeats to the letter.
std::vector<std::string> borrowed_parts(trial const& t);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::tenant_path
