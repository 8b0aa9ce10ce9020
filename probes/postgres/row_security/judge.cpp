#include "harness/probe/tally.hpp"
#include "probes/postgres/row_security/probe.hpp"

#include <algorithm>

namespace watertight::probes::postgres::row_security {

static bool owner_sees_itself(trial const& t)
{
    return std::ranges::any_of(t.attempts, [](attempt const& a) {
        return a.as && std::ranges::count(a.owners, *a.as) != 0;
    });
}

static void judge_attempt(trial const& t, attempt const& a, probe::conclusion& out)
{
    for (auto const owner : a.owners) {
        if (a.as == owner) continue;
        probe::violation v;
        v.victim = owner;
        v.intruder = a.as;
        v.channel = "postgres " + t.table;
        v.detail = fmt::format(
            "The application's role reads rows of another tenant with the context {} ({} rows).",
            a.context,
            a.rows
        );
        v.token = a.token;
        v.position = "row of " + t.table;
        v.reproduction = a.reproduction;
        out.violations.push_back(std::move(v));
        return;
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "postgres " + t.table;
        for (auto const& a : t.attempts) judge_attempt(t, a, out);
        if (t.present.size() < 2) {
            seen.undecided(channel, "fewer than two tenants of the run have rows in it");
            continue;
        }
        if (!owner_sees_itself(t)) {
            seen.undecided(channel, "no tenant sees its own rows as the application's role");
            continue;
        }
        for (auto const& a : t.attempts) {
            if (a.answered)
                seen.decided(channel);
            else if (a.as)
                seen.undecided(channel, a.failure);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::postgres::row_security
