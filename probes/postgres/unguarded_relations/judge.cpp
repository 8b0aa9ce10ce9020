#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/unguarded_relations/probe.hpp"

namespace watertight::probes::postgres::unguarded_relations {

static void add_violation(attempt const& a, probe::conclusion& out)
{
    probe::violation v;
    v.victim = a.token ? a.token->who.tenant : *a.changes_with;
    v.intruder = a.intruder;
    v.channel = "postgres " + a.relation;
    v.position = fmt::format("{} {}", a.kind, a.relation);
    v.reproduction = a.reproduction;
    if (a.token && a.by_function) {
        v.detail = fmt::format(
            "A function in the WHERE of a query is called with rows that the {} leaves out.", a.kind
        );
        v.level = evidence::severity::medium;
        v.token = a.token->token;
    } else if (a.token) {
        v.detail = fmt::format(
            "In its own context, as the application's role, a tenant reads in this {} what row "
            "security keeps from it in the table that it comes from.",
            a.kind
        );
        v.token = a.token->token;
    } else {
        v.detail = fmt::format(
            "In its own context, as the application's role, a tenant sees this {} change with each "
            "row that another tenant writes: it counts or sums over all tenants.",
            a.kind
        );
        v.kind = evidence::guarantee::unobservability;
        v.level = evidence::severity::high;
    }
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<attempt> const& attempts, bool control)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& a : attempts) {
        auto const channel = "postgres " + a.relation;
        if (a.token || a.changes_with) {
            add_violation(a, out);
            seen.decided(channel);
        } else if (!a.answered) {
            seen.undecided(channel, a.failure);
        } else if (!control) {
            seen.undecided("control", "the tenant sees none of its own rows in a protected table");
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::postgres::unguarded_relations
