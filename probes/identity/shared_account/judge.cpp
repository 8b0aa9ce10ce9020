#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/identity/shared_account/probe.hpp"

namespace watertight::probes::identity::shared_account {

static void judge_look(look const& l, probe::conclusion& out)
{
    // Identifiers prove nothing: the account's own is both tenants'.
    if (!l.answer.shows_canary_of(l.other)) return;
    auto const* const token = l.answer.token_of(l.other);
    auto v = probe::shown_by(
        *token,
        l.answer.channel,
        fmt::format(
            "{} belongs to two tenants. It asked for the data of one, {}, and was shown the "
            "other's: what was kept of the former tenant stands above what the request names.",
            l.answer.sender,
            l.when
        ),
        {l.answer}
    );
    v.intruder = l.in;
    out.violations.push_back(std::move(v));
}

static void judge_creation(creation const& c, probe::conclusion& out)
{
    auto const there = c.other_list.shown(c.canary);
    if (there.empty()) return;
    probe::violation v;
    v.kind = evidence::guarantee::integrity;
    v.victim = c.other;
    v.intruder = c.in;
    v.channel = c.made.channel;
    v.token = there;
    v.detail = "What an account of two tenants made in one of them, after it had worked in the "
               "other, stands in the other.";
    v.exchanges = {c.made, c.other_list};
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& l : t.looks) {
        auto const& e = l.answer;
        judge_look(l, out);
        if (e.success() && (e.shows_canary_of(l.in) || e.shows_canary_of(l.other))) {
            seen.decided(e.channel);
        } else {
            seen.undecided(
                e.channel, "an account of two tenants was shown nothing of theirs: " + summary(e)
            );
        }
    }
    for (auto const& c : t.creations) {
        judge_creation(c, out);
        auto const is_there = !c.in_list.shown(c.canary).empty();
        auto const is_astray = !c.other_list.shown(c.canary).empty();
        if (is_there || is_astray) {
            seen.decided(c.made.channel);
        } else {
            seen.undecided(
                c.made.channel,
                "what an account of two tenants made stands in neither list: " + summary(c.made)
            );
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::identity::shared_account
