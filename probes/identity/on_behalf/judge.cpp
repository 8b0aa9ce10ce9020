#include "harness/probe/tally.hpp"
#include "probes/identity/on_behalf/probe.hpp"

#include <fmt/format.h>

namespace watertight::probes::identity::on_behalf {

static constexpr std::string_view headers[] = {
    "X-On-Behalf-Of",
    "On-Behalf-Of",
    "X-Act-As",
    "X-Impersonate-User",
    "Impersonate-User",
    "X-Original-User",
    "X-Forwarded-User",
    "X-Authenticated-User",
    "X-Remote-User",
    "X-User",
    "X-User-Id",
    "X-Account-Id",
    "X-Auth-User-Id",
    "X-Subject",
    "X-Sudo",
};

std::vector<claim> claims_about(target::tenant const& t, target::actor const& user)
{
    std::vector<std::string> values;
    for (auto const* const name : {"id", "email", "login", "username"}) {
        auto const value = user.attributes.find(name);
        if (value && !value->empty()) values.emplace_back(*value);
    }
    std::vector<claim> out;
    for (auto const header : headers) {
        for (auto const& value : values) out.push_back({std::string{header}, value});
    }
    // Services behind a gateway are told the tenant as well.
    for (auto const* const header : {"X-On-Behalf-Of-Tenant", "X-Act-As-Tenant", "X-Caller-Tenant"})
    {
        if (auto const id = t.attributes.find("id")) out.push_back({header, std::string{*id}});
    }
    return out;
}

// The victim's canary, which neither the intruder nor anybody else is shown without it.
static evidence::sighting const* token_in(trial const& t)
{
    auto const* const token = t.hostile.token_of(t.victim);
    if (token == nullptr || t.own.shows(token->token)) return nullptr;
    if (t.is_nobody && t.open.shows(token->token)) return nullptr;
    return token;
}

static void judge_control(control const& c, probe::tally& seen)
{
    if (!c.is_tried) return;
    // Apart from the attempts: what they come to says nothing if it does not work at all.
    static constexpr std::string_view channel = "impersonation of one's own user";
    if (!c.asked.success()) {
        seen.undecided(
            channel, "a session for a user of one's own is refused: " + summary(c.asked)
        );
    } else if (!c.seen.success() || !c.seen.shows_canary_of(c.seen.tenant)) {
        seen.undecided(channel, "such a session shows nothing of one's own: " + summary(c.seen));
    } else {
        seen.decided(channel);
    }
}

probe::conclusion judge(std::vector<trial> const& trials, control const& c)
{
    probe::conclusion out;
    probe::tally seen;
    judge_control(c, seen);
    for (auto const& t : trials) {
        // Guessed headers promise nothing: they are one channel, whatever their names.
        auto const channel = t.asked.answered ? t.channel : std::string{"headers"};
        if (auto const* const token = token_in(t)) {
            std::vector<probe::exchange> shown{t.victims};
            if (t.asked.answered) shown.push_back(t.asked);
            shown.push_back(t.hostile);
            auto const detail =
                fmt::format("{}, {}, was shown another tenant's data.", t.hostile.sender, t.how);
            auto v = probe::shown_by(*token, t.channel, detail, std::move(shown));
            v.victim = t.victim;
            if (t.is_nobody) v.intruder.reset();
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!t.victims.success() || !t.victims.shows_canary_of(t.victim)) {
            seen.undecided(channel, "the victim's own read shows no canary");
        } else if (t.hostile.answered && t.hostile.undecided()) {
            seen.undecided(channel, "a request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::identity::on_behalf
