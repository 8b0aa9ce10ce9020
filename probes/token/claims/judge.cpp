#include "harness/probe/tally.hpp"
#include "probes/token/claims/probe.hpp"

namespace watertight::probes::token::claims {

static bool shows_own(probe::exchange const& e, tenant_index who)
{
    return e.success() && e.token_of(who) != nullptr;
}

static probe::violation accepted(trial const& t)
{
    probe::violation v;
    v.victim = t.asker;
    v.channel = t.channel;
    v.kind = evidence::guarantee::integrity;
    v.level = evidence::severity::medium;
    v.detail = "A token was served that ought to be refused: " + t.must_be_refused + ".";
    v.token = t.hostile.token_of(t.asker)->token;
    v.position = probe::position(t.hostile, *t.hostile.token_of(t.asker));
    v.exchanges = {t.control, t.hostile};
    return v;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const* const foreign = t.hostile.foreign_token();
        if (foreign != nullptr && t.control.foreign_token() == nullptr) {
            out.violations.push_back(probe::shown_by(
                *foreign,
                t.channel,
                t.hostile.sender + " sent such a token and was shown another tenant's data.",
                {t.control, t.hostile}
            ));
            seen.decided(t.channel);
        } else if (!shows_own(t.control, t.asker)) {
            seen.undecided(t.channel, "the owner's own read shows nothing: " + summary(t.control));
        } else if (!shows_own(t.resigned, t.asker)) {
            seen.undecided(
                t.channel,
                "target.session.signing_key signs no token that is accepted: " + summary(t.resigned)
            );
        } else if (t.hostile.undecided()) {
            seen.undecided(t.channel, "the request failed: " + probe::summary(t.hostile));
        } else if (!t.must_be_refused.empty() && shows_own(t.hostile, t.asker)) {
            out.violations.push_back(accepted(t));
            seen.decided(t.channel);
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::token::claims
