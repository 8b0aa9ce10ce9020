#pragma once

#include "harness/probe/planting.hpp"

namespace watertight::probes::identity::required_tenant {

/// A tenant's request that names no tenant, or one that does not exist.
struct trial {
    /// "identity header X-Tenant-Id missing on GET /projects".
    std::string channel{};
    /// The same request as it ought to be.
    probe::exchange control{};
    probe::exchange nameless{};
    /// The scenario says that such a request is refused; otherwise it may be served for the tenant
    /// of the credentials.
    bool is_required = true;
    /// No name at all stands there: a target may well break on it, and shows nothing then.
    bool is_garbage = false;
    /// The answer lists something, whoever's it is.
    bool lists_items = false;
    /// For writes: what was written, and what the tenant itself and another see of it.
    probe::marks planted{};
    std::vector<probe::exchange> own_views{};
    std::vector<probe::exchange> foreign_views{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

/// What stands where a tenant's name ought to be: nobody's, nothing, and what programs write for
/// nothing.
struct blank {
    /// "missing", "empty", "undefined".
    std::string name{};
    /// Nothing: the channel is left out.
    std::optional<std::string> value{};
};

std::vector<blank> blanks(std::string const& nobodys, bool is_host);

} // namespace watertight::probes::identity::required_tenant
