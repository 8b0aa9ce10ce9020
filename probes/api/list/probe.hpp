#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::list {

/// One list as a tenant asked for it, plainly or with parameters that may widen it.
struct trial {
    probe::exchange answer{};
    /// It belongs to a resource whose objects carry canaries: the tenant must meet its own.
    bool must_show_own = true;
    /// Plain requests are the control of those with parameters.
    bool is_plain = true;
    /// The parameters, as "name=value".
    std::string with{};
};

/// What a handler may mistake for the tenant to filter by, or for leave to show everybody's.
struct parameter {
    std::string name{};
    std::string value{};
};

/// Those to try: names under which the asker's own view shows its tenant, the target's own names
/// for one (`probe::tenant_names`), and the usual ones.
std::vector<parameter> parameters(
    std::string_view own_view,
    target::tenant const& asker,
    target::tenant const& other,
    std::vector<std::string> const& own_names
);

/// The other tenant as APIs have it that group what filters: filter[tenant], where[tenant_id]. Of
/// each kind all names at once, for those that a target does not know it ignores.
std::vector<std::vector<parameter>>
in_groups(target::tenant const& other, std::vector<std::string> const& own_names);

/// What may lead to another query than the plain one, which forgets the tenant: a time, a term, an
/// order, what was deleted. Of each kind all usual names at once, for those that a target does not
/// know it ignores.
std::vector<std::vector<parameter>> other_queries();

/// How a list is asked for those that refer to one object of `resource`: "tag_id", "tag", "tags",
/// and what the asker's own view calls such an object's id.
std::vector<std::string>
filters_by(std::string_view resource, std::string_view own_view, std::string_view own_id);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::list
