#include "harness/probe/tally.hpp"
#include "probes/identity/required_tenant/probe.hpp"

namespace watertight::probes::identity::required_tenant {

static probe::violation carried_out(trial const& t, std::string detail)
{
    probe::violation v;
    v.victim = t.nameless.tenant;
    v.channel = t.channel;
    v.detail = std::move(detail);
    v.position = "status";
    v.exchanges = {t.control, t.nameless};
    return v;
}

// It was written into another tenant's data.
static probe::violation landed(trial const& t, probe::exchange const& view)
{
    auto v = carried_out(t, "What such a request wrote stands in another tenant's data.");
    v.victim = view.tenant;
    v.intruder = t.nameless.tenant;
    v.token = view.shown(t.planted);
    v.position = "the victim's view";
    v.kind = evidence::guarantee::integrity;
    v.level = evidence::severity::critical;
    v.exchanges = {view, t.nameless};
    return v;
}

static bool is_served(trial const& t)
{
    if (!t.nameless.success()) return false;
    if (!t.planted.empty()) return probe::shown_in(t.own_views, t.planted) != nullptr;
    // A success that shows nothing is how some targets refuse.
    return t.nameless.token_of(t.nameless.tenant) != nullptr || t.lists_items;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const* const token = t.nameless.foreign_token();
        auto const* const view =
            t.planted.empty() ? nullptr : probe::shown_in(t.foreign_views, t.planted);
        if (token != nullptr && t.control.foreign_token() == nullptr) {
            auto v = probe::shown_by(
                *token, t.channel, "Another tenant's data was served.", {t.control, t.nameless}
            );
            v.level = evidence::severity::critical;
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        } else if (view != nullptr) {
            out.violations.push_back(landed(t, *view));
            seen.decided(t.channel);
        } else if (!t.control.success()) {
            seen.undecided(t.channel, "the proper request failed: " + summary(t.control));
        } else if (t.is_garbage && t.nameless.answered && t.nameless.status >= 500) {
            seen.decided(t.channel);
        } else if (t.nameless.undecided()) {
            seen.undecided(t.channel, "the request failed: " + summary(t.nameless));
        } else if (t.is_required && is_served(t)) {
            out.violations.push_back(carried_out(
                t,
                "It was served, though the scenario says that it must be refused: " +
                    summary(t.nameless)
            ));
            seen.decided(t.channel);
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::identity::required_tenant
