#include "harness/probe/tally.hpp"
#include "probes/api/foreign_reference/probe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probes::api::foreign_reference {

static probe::violation violation_of(
    trial const& t,
    evidence::guarantee kind,
    std::string detail,
    std::vector<probe::exchange> exchanges
)
{
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.hostile.tenant;
    v.channel = t.hostile.channel;
    v.detail = std::move(detail);
    v.exchanges = std::move(exchanges);
    v.kind = kind;
    v.level = evidence::severity::medium;
    return v;
}

static probe::violation accepted_reference(trial const& t)
{
    auto detail = fmt::format(
        "{} {} a reference to another tenant's object of {} in {}, where one to an object that "
        "nobody has is refused: references are looked up in all tenants.",
        t.hostile.sender,
        t.is_unseen ? "used" : "stored",
        t.of,
        t.member
    );
    auto v = violation_of(
        t, evidence::guarantee::integrity, std::move(detail), {t.control, t.absent, t.hostile}
    );
    v.position = "the intruder's read-back";
    return v;
}

// What the intruder wrote stands in what the victim sees.
static probe::violation planted(trial const& t, probe::exchange const& view)
{
    auto detail = fmt::format(
        "{} let {} of an object of its own refer to another tenant's object of {}, and that tenant "
        "is shown what it wrote.",
        t.hostile.sender,
        t.member,
        t.of
    );
    auto v = violation_of(
        t, evidence::guarantee::integrity, std::move(detail), {t.control, t.hostile, view}
    );
    v.level = evidence::severity::critical;
    v.token = view.shown(t.planted);
    v.position = "the victim's view";
    return v;
}

// What was asked a second time was answered as the first time: no failure of the moment.
static bool is_lasting(trial const& t)
{
    auto const is_same = [](probe::exchange const& a, probe::exchange const& b) {
        return a.status == b.status && a.success() == b.success();
    };
    return is_same(t.hostile_again, t.hostile) && is_same(t.absent_again, t.absent);
}

// The answer to a reference to what another tenant has differs from that to one to nothing, each
// time: whoever counts ids upwards learns which are taken.
static bool tells_apart(trial const& t)
{
    auto const is_other =
        t.hostile.status != t.absent.status || t.hostile.success() != t.absent.success();
    auto const is_said = t.hostile.refused() || (t.hostile.success() && t.absent.refused());
    return is_said && t.absent.answered && !t.absent.throttled() && is_other && is_lasting(t);
}

// One to nothing is refused, one to another tenant's is not. Equal statuses are not asked for anew.
static bool is_accepted(trial const& t)
{
    if (t.is_unseen) return t.hostile.success() && t.absent.refused() && is_lasting(t);
    return t.is_kept && t.absent.refused() && !t.absent_is_kept &&
           (t.hostile.status == t.absent.status || is_lasting(t));
}

static probe::violation told_apart(trial const& t)
{
    auto detail = fmt::format(
        "A reference in {} to an object of {} that another tenant has is answered with {}, one to "
        "an object that nobody has with {}, each time.",
        t.member,
        t.of,
        probe::summary(t.hostile),
        probe::summary(t.absent)
    );
    return violation_of(
        t, evidence::guarantee::unobservability, std::move(detail), {t.absent, t.hostile}
    );
}

// The first answer to the intruder in which another tenant's token stands.
static probe::exchange const* leak_in(trial const& t)
{
    if (t.hostile.foreign_token() != nullptr) return &t.hostile;
    auto const leaky = std::ranges::find_if(t.views, [](auto const& view) {
        return view.foreign_token() != nullptr;
    });
    return leaky == t.views.end() ? nullptr : &*leaky;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (auto const* const leak = leak_in(t)) {
            out.violations.push_back(probe::shown_by(
                *leak->foreign_token(),
                channel,
                fmt::format(
                    "{} let {} of an object of its own refer to another tenant's object of {} and "
                    "was shown that tenant's data. The member is derived from its name.",
                    t.hostile.sender,
                    t.member,
                    t.of
                ),
                {t.control, t.hostile, *leak}
            ));
            seen.decided(channel);
        } else if (auto const* const view = probe::shown_in(t.victims_views, t.planted)) {
            out.violations.push_back(planted(t, *view));
            seen.decided(channel);
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
        } else if (is_accepted(t)) {
            out.violations.push_back(accepted_reference(t));
            seen.decided(channel);
        } else {
            if (tells_apart(t)) out.violations.push_back(told_apart(t));
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::api::foreign_reference
