#pragma once

#include "harness/probe/targets.hpp"

namespace watertight::probes::api::mass_assignment {

/// The intruder writes an object of its own with a member that names the victim as its tenant; the
/// victim then looks for it.
struct trial {
    tenant_index victim{};
    /// "tenant_id = <victim's id>", for people.
    std::string planted_member{};
    std::string canary{};
    /// The write with the extra member, the victim's views afterwards, and the same write without
    /// it read back by its owner: the control.
    probe::exchange hostile{};
    std::vector<probe::exchange> victims_views{};
    probe::exchange control{};
    std::string control_canary{};
    /// The victim sees even the control through this view: seeing the planted one proves nothing.
    bool reads_anything = false;
    bool lists_anything = false;
};

/// Names that the intruder's own objects show for their tenant, and the usual ones.
std::vector<std::string> candidate_members(std::string_view own_view, std::string_view own_tenant);

/// A JSON object with one more member; nothing if `body` is no JSON object.
std::optional<std::string>
with_member(std::string_view body, std::string_view name, std::string_view value);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::mass_assignment
