#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::api::webhook {

/// A URL that a tenant subscribed, and all that was delivered to it, as the answer to the
/// subscription.
struct subscription {
    /// "as itself", "naming the other tenant in the body".
    std::string how{};
    probe::exchange asked{};
    probe::exchange delivered{};
    /// Whether a delivery about the subscriber's own creation came in time, and another one after
    /// the first was answered by an error.
    bool was_told = false;
    bool was_told_again = false;
};

/// Two tenants subscribe, each for itself and the intruder in the victim's name as well; then both
/// create what the deliveries tell of.
struct trial {
    std::string channel{};
    tenant_index victim{};
    tenant_index intruder{};
    /// The first deliveries were answered by errors, and the scenario says that they come again.
    bool expects_retries = false;
    /// Why nothing could be tried; empty if it could.
    std::string failure{};
    subscription victims{};
    /// The first one as itself.
    std::vector<subscription> intruders{};
};

/// A JSON object with further members that name a tenant, under the names that services have for
/// it; empty for what is no object.
std::string naming(std::string_view body, std::string_view tenant);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::webhook
