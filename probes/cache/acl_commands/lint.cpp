#include "harness/base/text.hpp"
#include "harness/lint/redis.hpp"

#include <fmt/format.h>

namespace watertight::probes::cache::acl_commands {

namespace {

struct command {
    std::string_view name;
    std::string_view harm;
    std::vector<std::string_view> categories;
};

} // namespace

static std::vector<command> const& dangerous()
{
    static std::vector<command> const all{
        {"flushall", "empties every tenant's cache", {"dangerous", "keyspace", "write", "slow"}},
        {"flushdb", "empties every tenant's cache", {"dangerous", "keyspace", "write", "slow"}},
        {"keys",
         "names every key and blocks the server",
         {"dangerous", "keyspace", "read", "slow"}},
        {"scan", "names every key, whatever the key patterns say", {"keyspace", "read", "slow"}},
        {"monitor", "shows every command", {"dangerous", "admin", "slow"}},
        {"slowlog", "shows others' commands", {"dangerous", "admin", "slow"}},
        {"config", "changes the server", {"dangerous", "admin", "slow"}},
        {"acl", "changes accounts", {"dangerous", "admin", "slow"}},
        {"debug", "stops the server", {"dangerous", "admin", "slow"}},
        {"shutdown", "stops the server", {"dangerous", "admin", "slow"}},
        {"script", "flushes everybody's scripts", {"scripting", "slow"}},
        {"swapdb", "exchanges databases", {"dangerous", "keyspace", "write", "fast"}},
    };
    return all;
}

static std::vector<lint::suspicion> judge(lint::redis_facts const& facts)
{
    std::vector<lint::suspicion> out;
    for (auto const& user : facts.users) {
        if (!user.is_on || user.name == facts.own_name) continue;
        std::string can;
        for (auto const& c : dangerous()) {
            if (!user.may(c.name, c.categories)) continue;
            can += fmt::format("{}{} ({})", can.empty() ? "" : ", ", c.name, c.harm);
        }
        if (can.empty()) continue;
        lint::suspicion s;
        s.kind = "account";
        s.object = user.name;
        s.detail = "It may run " + can + ".";
        s.fix = "ACL SETUSER " + user.name + " -@dangerous -@admin -script -scan";
        // Who is kept to some keys is meant to be kept from others'.
        if (!user.reaches_all_keys()) s.level = evidence::severity::medium;
        out.push_back(std::move(s));
    }
    return out;
}

lint::redis_unit lint()
{
    lint::spec what;
    what.id = "cache.acl_commands";
    what.title = "An account in Redis may run commands that concern everybody";
    what.where = probe::layer::cache;
    what.kind = evidence::guarantee::integrity;
    what.level = evidence::severity::low;
    what.cwe = "CWE-250";
    what.owasp = "API5:2023";
    what.asvs = "8.4.1, 13.2.2";
    what.faults = "K10 K13 K14";
    what.live = "cache.tenant_credentials";
    what.rationale =
        "Commands that know no keys are not bounded by key patterns: who may flush, watch or "
        "enumerate does it to all tenants.";
    what.remedy = "Build the rules from -@all and add by name what is needed; at least -@dangerous "
                  "-@admin -script -scan for who serves requests.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::cache::acl_commands
