#include "harness/base/text.hpp"
#include "harness/lint/redis.hpp"

#include <fmt/format.h>

namespace watertight::probes::cache::acl_channels {

static std::vector<lint::suspicion> judge(lint::redis_facts const& facts)
{
    std::vector<lint::suspicion> out;
    auto const at = facts.settings.find("notify-keyspace-events");
    auto const notifies = at != facts.settings.end() && !at->second.empty();
    for (auto const& user : facts.users) {
        auto const listens =
            user.may("psubscribe", {"pubsub", "slow"}) || user.may("subscribe", {"pubsub", "slow"});
        auto const hears = user.reaches_all_channels() && listens;
        if (!user.is_on || !hears || user.name == facts.own_name) continue;
        lint::suspicion s;
        s.kind = "account";
        s.object = user.name;
        s.detail = "It may subscribe to every channel (&*)";
        s.detail += notifies ? ", and the server tells of every key that is used "
                               "(notify-keyspace-events " +
                                   at->second + ")."
                             : std::string{"."};
        s.fix = "ACL SETUSER " + user.name + " resetchannels &prefix:*";
        if (!user.reaches_all_keys()) s.level = evidence::severity::medium;
        out.push_back(std::move(s));
    }
    return out;
}

lint::redis_unit lint()
{
    lint::spec what;
    what.id = "cache.acl_channels";
    what.title = "An account in Redis may subscribe to every channel";
    what.where = probe::layer::cache;
    what.kind = evidence::guarantee::confidentiality;
    what.level = evidence::severity::low;
    what.cwe = "CWE-732";
    what.owasp = "API5:2023";
    what.asvs = "8.4.1, 13.2.2";
    what.faults = "K12 K15";
    what.live = "cache.tenant_credentials";
    what.rationale =
        "Messages are not bounded by key patterns: who may subscribe to * hears what is "
        "published for every tenant and, where keyspace notifications are on, which keys "
        "others use.";
    what.remedy = "resetchannels and the channels that are needed, by account; acl-pubsub-default "
                  "resetchannels; notify-keyspace-events only where somebody needs it.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::cache::acl_channels
