#include "harness/probe/own_fields.hpp"
#include "harness/probe/tally.hpp"
#include "probes/api/webhook/probe.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::probes::api::webhook {

std::string naming(std::string_view body, std::string_view tenant)
{
    auto out = nlohmann::ordered_json::parse(body, nullptr, false);
    if (!out.is_object() || tenant.empty()) return {};
    auto& fields = out[probe::own_fields(out)];
    for (auto const* const name :
         {"tenantId",
          "tenant_id",
          "workspaceId",
          "workspace_id",
          "organizationId",
          "organization_id",
          "orgId",
          "accountId",
          "account_id"})
    {
        fields[name] = tenant;
    }
    return out.dump();
}

static void
judge_one(trial const& t, subscription const& s, tenant_index of, probe::conclusion& out)
{
    auto const other = of == t.victim ? t.intruder : t.victim;
    auto const* const token = s.delivered.token_of(other);
    if (token == nullptr) return;
    auto const when = t.expects_retries ? ", after the first deliveries had failed" : "";
    auto const detail = fmt::format(
        "{} subscribed a URL {} and was delivered what happened in another tenant{}.",
        s.delivered.sender,
        s.how,
        when
    );
    out.violations.push_back(
        probe::shown_by(*token, t.channel, detail, {t.victims.delivered, s.delivered})
    );
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
        judge_one(t, t.victims, t.victim, out);
        for (auto const& s : t.intruders) judge_one(t, s, t.intruder, out);
        auto const& own = t.intruders.front();
        if (!t.victims.asked.success()) {
            seen.undecided(t.channel, "one cannot subscribe: " + summary(t.victims.asked));
        } else if (!t.victims.was_told) {
            seen.undecided(t.channel, "nothing about one's own creation was delivered");
        } else if (!own.was_told) {
            seen.undecided(t.channel, "the intruder was not even told of its own creation");
        } else if (t.expects_retries && (!t.victims.was_told_again || !own.was_told_again)) {
            seen.undecided(t.channel, "what failed was not delivered again");
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::api::webhook
