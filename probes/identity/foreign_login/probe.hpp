#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/roles.hpp"

namespace watertight::probes::identity::foreign_login {

/// A session that was asked for in another tenant's name, and what it shows there.
struct trial {
    /// "log-in at another tenant as owner", "refresh at another tenant".
    std::string channel{};
    tenant_index victim{};
    /// The victim's own read.
    probe::exchange control{};
    /// The same user's own session, at home, shows the user's data.
    bool works_at_home = false;
    /// The log-in or the refresh.
    probe::exchange session{};
    /// The victim's list, read with it; nothing where no session was opened.
    probe::exchange seen{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::identity::foreign_login
