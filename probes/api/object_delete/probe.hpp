#pragma once

#include "harness/probe/targets.hpp"

namespace watertight::probes::api::object_delete {

/// The owner reads, the intruder deletes, the owner reads again and then deletes it in earnest.
struct trial {
    probe::exchange before{};
    probe::exchange hostile{};
    probe::exchange after{};
    probe::exchange own_delete{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_delete
