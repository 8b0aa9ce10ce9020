#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probes::identity::on_behalf {

/// A header by which services tell each other for whom they ask, and what it says.
struct claim {
    std::string name{};
    std::string value{};
};

/// Those headers, filled with what a tenant's user is called: by id, by name, by tenant.
std::vector<claim> claims_about(target::tenant const& t, target::actor const& user);

/// One's own read with something more: a header that names a stranger, or a session in a
/// stranger's name.
struct trial {
    /// "header X-On-Behalf-Of", "impersonation".
    std::string channel{};
    /// "as X-On-Behalf-Of: 7f...", "with a session in the name of another tenant's user".
    std::string how{};
    tenant_index victim{};
    /// The victim's own read, and the intruder's without anything more.
    probe::exchange victims{};
    probe::exchange own{};
    /// How the session came about; not answered for headers.
    probe::exchange asked{};
    probe::exchange hostile{};
    /// Sent without credentials: the victim's data in it is evidence unless anybody is shown it.
    bool is_nobody = false;
    /// The same without credentials and without the header.
    probe::exchange open{};
};

/// The way to a session in another's name works at all: for a user of one's own tenant.
struct control {
    bool is_tried = false;
    probe::exchange asked{};
    probe::exchange seen{};
};

probe::conclusion judge(std::vector<trial> const& trials, control const& c);
probe::unit unit();

} // namespace watertight::probes::identity::on_behalf
