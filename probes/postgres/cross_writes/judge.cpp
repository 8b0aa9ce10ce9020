#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/cross_writes/probe.hpp"

namespace watertight::probes::postgres::cross_writes {

static void add_violation(trial const& t, attempt const& a, probe::conclusion& out)
{
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.intruder;
    v.channel = fmt::format("postgres {} {}", t.table, a.verb);
    v.detail = fmt::format(
        "In its own context, as the application's role, a tenant may {}{}. It was rolled back.",
        a.aim,
        a.how == ending::constrained
            ? fmt::format(": no policy refused it, only a constraint did ({})", a.failure)
            : ""
    );
    v.position = "rows of " + t.table;
    v.reproduction = a.reproduction;
    if (a.verb == "TRUNCATE") v.level = evidence::severity::high;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "postgres " + t.table;
        for (auto const& a : t.attempts) {
            if (a.how == ending::touched || a.how == ending::constrained) {
                add_violation(t, a, out);
                seen.decided(channel);
            } else if (a.how == ending::unknown) {
                seen.undecided(channel, a.verb + ": " + a.failure);
            } else if (a.owner_may) {
                seen.decided(channel);
            } else {
                seen.undecided(channel, a.verb + ": its owner may not, either");
            }
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::postgres::cross_writes
