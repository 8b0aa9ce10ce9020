#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/roles.hpp"

namespace watertight::probes::identity::foreign_login {

/// A session that was asked for in another tenant's name, and what it shows there.
struct trial {
    /// "log-in at another tenant as owner", "refresh with a member that names another tenant".
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

/// How a tenant is called in a member of a body.
struct named_tenant {
    std::string id{};
    std::string slug{};
    /// An id of digits is written as a text.
    bool as_text = false;
};

/// The body with members of these names for the tenant: its id where the name says so, else its
/// slug. Empty if it is no JSON object.
std::string naming(std::string body, std::vector<std::string> const& names, named_tenant const& t);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::identity::foreign_login
