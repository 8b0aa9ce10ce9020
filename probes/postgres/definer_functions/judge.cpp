#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/definer_functions/probe.hpp"

namespace watertight::probes::postgres::definer_functions {

static std::string detail_of(attempt const& a)
{
    switch (a.how) {
    case way::call:
    case way::named:
    case way::trusted:
        break;
    case way::shadow:
        return "The function runs as its owner and looks a name up in the caller's temporary "
               "schema first: what the caller puts there reads, as the owner, what row security "
               "keeps from the caller.";
    case way::leak:
        return "The function is called with rows that row security leaves out, because it is "
               "LEAKPROOF or as cheap as one, and says in an error what it was called with.";
    case way::write:
        return fmt::format(
            "Called in one tenant's context with {}, the function changes what another tenant has "
            "in a protected table. It was rolled back.",
            a.arguments
        );
    case way::figure:
        return fmt::format(
            "Called in one tenant's context with {}, the function returns a figure that tells of "
            "another tenant's rows.",
            a.arguments
        );
    }
    return fmt::format(
        "Called in one tenant's context with {}, the function returns what row security keeps from "
        "that tenant.",
        a.arguments
    );
}

static probe::violation violation_of(attempt const& a)
{
    probe::violation v;
    v.victim = a.token ? a.token->who.tenant : *a.tells_of;
    v.intruder = a.intruder;
    v.channel = "postgres " + a.function;
    v.detail = detail_of(a);
    if (a.token) v.token = a.token->token;
    v.position = "result of " + a.function;
    v.reproduction = a.reproduction;
    // What takes SQL of one's own takes an injection first.
    if (a.how == way::shadow) v.level = evidence::severity::high;
    if (a.how == way::write) v.kind = evidence::guarantee::integrity;
    if (a.how == way::leak) v.level = evidence::severity::medium;
    if (a.how == way::figure) {
        v.kind = evidence::guarantee::unobservability;
        v.level = evidence::severity::medium;
    }
    return v;
}

probe::conclusion judge(std::vector<attempt> const& attempts, bool control)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& a : attempts) {
        auto const channel = "postgres " + a.function;
        if ((a.token || a.tells_of) && a.how == way::trusted) {
            out.notes.push_back(fmt::format(
                "{} {} a tenant's rows for whoever names that tenant: its callers alone keep "
                "tenants apart.",
                a.function,
                a.token ? "returns" : "changes"
            ));
            seen.decided(channel);
        } else if (a.token || a.tells_of) {
            out.violations.push_back(violation_of(a));
            seen.decided(channel);
        } else if (!control) {
            seen.undecided("control", "the tenant sees none of its own rows in a protected table");
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::postgres::definer_functions
