#pragma once

#include "harness/probe/read_back.hpp"

namespace watertight::probes::lifecycle::deleted_object {

/// A view of an object before and after its owner deleted it.
struct trial {
    probe::marks canary{};
    probe::exchange before{};
    probe::exchange removal{};
    probe::exchange after{};
};

/// Whether name or path of the read say that it is for what was deleted: a bin, a history.
bool shows_deleted_by_design(target::operation const& op);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::lifecycle::deleted_object
