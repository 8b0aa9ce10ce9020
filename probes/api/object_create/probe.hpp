#pragma once

#include "harness/probe/planting.hpp"

namespace watertight::probes::api::object_create {

/// The intruder creates an object where path or parent are the victim's; the victim looks for it.
struct trial {
    tenant_index victim{};
    probe::marks canary{};
    probe::exchange hostile{};
    std::vector<probe::exchange> victims_views{};
    /// The victim's views of an object that it created itself in the same place.
    probe::marks own_canary{};
    std::vector<probe::exchange> own_views{};
    /// The victim sees what strangers create in their own place, too.
    bool is_open = false;
    /// From where the intruder reached, in words.
    std::string_view way{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_create
