#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::object_read {

/// The intruder asks before and after the owner does, so that an answer that only a warm cache
/// gives is seen too.
struct trial {
    probe::exchange cold{};
    probe::exchange control{};
    probe::exchange warm{};
    target::foreign_access expected{};
    /// From where the intruder reached for it, in words: "by the victim's path".
    std::string_view way{};
    /// The state of a job, which need not hold anything of what the job is about.
    bool is_state = false;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_read
