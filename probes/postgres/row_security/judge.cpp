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

// A tenant that the policy falls back to need not be one of the run's. What tenants are shown as
// well is shared by design.
static void judge_default(trial const& t, attempt const& a, probe::conclusion& out)
{
    if (!a.is_unset || !a.owners.empty()) return;
    auto const is_shared = [&](std::string const& value) {
        return std::ranges::any_of(t.attempts, [&](attempt const& other) {
            return other.as && other.strangers.contains(value);
        });
    };
    auto const found = std::ranges::find_if_not(a.strangers, is_shared);
    if (found == a.strangers.end()) return;
    probe::violation v;
    v.victim_name = *found;
    v.channel = "postgres " + t.table;
    v.detail = fmt::format(
        "With the context {} the application's role reads rows of '{}', which no tenant's context "
        "shows: who forgets to set one is that tenant.",
        a.context,
        *found
    );
    v.position = "row of " + t.table;
    v.reproduction = a.reproduction;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "postgres " + t.table;
        for (auto const& a : t.attempts) judge_attempt(t, a, out);
        if (owner_sees_itself(t)) {
            for (auto const& a : t.attempts) judge_default(t, a, out);
        }
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
