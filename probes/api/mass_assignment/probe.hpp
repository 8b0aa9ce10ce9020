#pragma once

#include "harness/probe/planting.hpp"

#include <set>

namespace watertight::probes::api::mass_assignment {

/// The intruder writes an object of its own with a member that names the victim as its tenant; the
/// victim then looks for it.
struct trial {
    tenant_index victim{};
    /// "tenant_id = <victim's id>", for people.
    std::string planted_member{};
    probe::marks canary{};
    /// The write with the extra member, the victim's views afterwards, and the same write without
    /// it read back by its owner: the control.
    probe::exchange hostile{};
    std::vector<probe::exchange> victims_views{};
    probe::exchange control{};
    probe::marks control_canary{};
    /// Channels through which the victim sees even the control: seeing the planted object there
    /// proves nothing.
    std::set<std::string> open_views{};
};

/// A tenant's own view of an object, and its id.
struct own_view {
    std::string_view body{};
    std::string_view tenant_id{};
};

/// Names under which both parties' objects show their tenant, and the usual ones. A view without
/// JSON has no say.
std::vector<std::string> candidate_members(own_view intruder, own_view victim);

/// What the victim is called in such a member: by its id, and where requests name tenants by their
/// slug by that as well; not in what is called an id.
std::vector<std::string>
values_for(probe::context& ctx, std::string_view member, tenant_index victim);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::mass_assignment
