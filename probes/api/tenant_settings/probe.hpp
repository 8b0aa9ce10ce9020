#pragma once

#include "harness/probe/planting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::api::tenant_settings {

/// One write to a tenant's settings that an intruder sends.
struct trial {
    /// "by the victim's path".
    std::string how{};
    tenant_index victim{};
    /// The same write by the victim itself, and whether one of its views shows what it wrote.
    probe::exchange control{};
    bool shows = false;
    probe::exchange hostile{};
    /// What the intruder wrote, and what the victim saw afterwards.
    probe::marks planted{};
    std::vector<probe::exchange> victims_views{};
};

/// Names of the members of a request's body that hold a text of one's own choice: no address, no
/// id, no name of the tenant's that would be another's with another value.
std::vector<std::string>
free_texts(std::string_view body, std::vector<std::string> const& identifiers);

/// The body with `canary` in these members; nothing if it is no JSON object.
std::optional<std::string>
with_texts(std::string_view body, std::vector<std::string> const& members, std::string_view canary);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::tenant_settings
