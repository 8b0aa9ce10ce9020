#pragma once

#include "harness/draft/plan.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace watertight::draft {

/// What goes with a sign-up and a log-in that are planned: where the tenant's id is told, how the
/// tenant is removed.
void complete_sign_up(plan& p, std::set<call const*>& used);

/// What an API lets one do beyond the five requests of each resource, where it is plain how:
/// actions on one object, requests for several, searches, jobs, streams, webhooks. What would leave
/// something to fill in is left out.
class further_planner {
public:
    /// @param used  grows by what is planned; all references are kept.
    further_planner(
        description const& api,
        tenancy const& owner,
        std::vector<family> const& kept,
        std::set<call const*>& used,
        std::set<call const*> const& taken
    );

    /// @param p  has a resource for each family, in their order.
    void add_to(plan& p);

private:
    std::optional<planned_request>
    planned(call const& c, std::string const& name, family const* of);
    std::optional<planned_request>
    search_of(call const& c, std::string const& name, bool is_search);
    std::optional<planned_request> by_ids(family const& f, call const& c, std::string const& name);
    void keep(planned_request r, planned_resource& to);
    void add_action(family const& f, call const& c, planned_resource& to);
    void add_bulk(family const& f, call const& c, planned_resource& to);
    void add_search(family const& f, call const& c, planned_resource& to);
    void add_term_of_list(family const& f, planned_resource& to);
    void add_job(family const& f, planned_resource& to);
    void add_webhook(family const& f, planned_resource const& of, plan& p);
    void add_common_searches(plan& p);
    void add_streams(plan& p);

    description const& api_;
    tenancy const& owner_;
    std::vector<family> const& kept_;
    std::set<call const*>& used_;
    std::set<call const*> const& taken_;
};

} // namespace watertight::draft
