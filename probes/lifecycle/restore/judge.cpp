#include "harness/probe/tally.hpp"
#include "probes/lifecycle/restore/probe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probes::lifecycle::restore {

// A view in which it was, and is not any more.
static std::pair<probe::exchange const*, probe::exchange const*> lost_in(keeping const& k)
{
    for (auto const& was : k.before) {
        if (!was.success() || was.shown(k.canary).empty()) continue;
        for (auto const& is : k.after) {
            if (is.channel != was.channel || is.undecided()) continue;
            if (is.shown(k.canary).empty()) return {&was, &is};
        }
    }
    return {nullptr, nullptr};
}

static bool judge_kept(trial const& t, probe::conclusion& out)
{
    for (auto const& k : t.others) {
        auto const [was, is] = lost_in(k);
        if (was == nullptr) continue;
        probe::violation v;
        v.victim = t.other;
        v.intruder = t.restored;
        v.channel = t.channel;
        v.detail =
            fmt::format("One tenant's data was restored, and another tenant lost {}.", k.what);
        v.exchanges = {*was, t.brought_back, *is};
        out.violations.push_back(std::move(v));
        return true;
    }
    return false;
}

static void judge_hostile(trial const& t, probe::conclusion& out)
{
    std::vector<probe::exchange> all = t.intruders_views;
    all.push_back(t.hostile);
    for (auto const& e : all) {
        auto const* const token = e.token_of(t.restored);
        if (token == nullptr) continue;
        auto v = probe::shown_by(
            *token,
            t.channel,
            "A tenant brought another one's backup back for itself and is shown that one's data.",
            {t.taken, t.hostile, e}
        );
        v.kind = evidence::guarantee::confidentiality;
        out.violations.push_back(std::move(v));
        return;
    }
}

static bool shows(std::vector<probe::exchange> const& views, probe::marks const& canary)
{
    return probe::shown_in(views, canary) != nullptr;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided(t.channel, t.failure);
            continue;
        }
        auto const is_found = judge_kept(t, out);
        judge_hostile(t, out);
        auto const is_seen =
            std::ranges::any_of(t.others, [](auto const& k) { return shows(k.before, k.canary); });
        if (is_found) {
            seen.decided(t.channel);
        } else if (!t.brought_back.success()) {
            seen.undecided(t.channel, "the restore is refused: " + summary(t.brought_back));
        } else if (shows(t.returned.before, t.returned.canary)) {
            seen.undecided(t.channel, "what was removed after the backup could still be seen");
        } else if (!shows(t.returned.after, t.returned.canary)) {
            seen.undecided(t.channel, "the restore brought nothing back");
        } else if (!is_seen) {
            seen.undecided(t.channel, "the other tenant's views show no canary");
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::lifecycle::restore
