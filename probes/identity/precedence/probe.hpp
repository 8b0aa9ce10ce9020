#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watertight::probes::identity::precedence {

/// In which way a request names tenants; the columns of the table, in this order.
enum class way {
    agrees,
    alone,
    others,
    beside_own,
    twice,
    spelt,
    forwarded,
    no_credentials,
    unknown,
    empty,
};

std::string_view column(way w);

/// A way of writing what stands for a tenant that a lenient layer may take for the same.
struct spelling {
    /// "in upper case".
    std::string name{};
    std::string value{};
};

/// Those that differ from `value`; for host names only what may stand in one.
std::vector<spelling> spellings(std::string const& value, bool is_host);

/// One request, with the intruder's credentials unless the way says otherwise.
struct trial {
    /// The channel that is looked at: "header X-Tenant-ID", "header X-Tenant with an API key".
    std::string channel{};
    way how{};
    /// "twice, the other tenant last"; empty where the way says it all.
    std::string detail{};
    tenant_index victim{};
    /// What the victim is shown, and what the intruder is, as both ought to ask.
    probe::exchange victims{};
    probe::exchange own{};
    probe::exchange hostile{};
    /// Nobody described the channel: most targets know nothing of it.
    bool is_guess = false;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

/// A request to be sent: how it departs from the intruder's ordinary one.
struct plan {
    std::string channel{};
    way how{};
    std::string detail{};
    target::overrides changes{};
    /// The path names the victim.
    bool is_victims_path = false;
    bool is_guess = false;
    /// The host that the request target itself names; empty: the target is a path.
    std::string absolute_host{};
};

/// Every plan for the pair. `short_list`: without spellings, and without names that nobody has.
std::vector<plan> plans_for(
    probe::context& ctx, target::operation const& read, probe::tenant_pair pair, bool short_list
);

} // namespace watertight::probes::identity::precedence
