#include "harness/base/text.hpp"
#include "harness/lint/redis.hpp"

#include <fmt/format.h>

namespace watertight::probes::cache::server_settings {

static std::string setting(lint::redis_facts const& facts, char const* name)
{
    auto const at = facts.settings.find(name);
    return at == facts.settings.end() ? std::string{} : at->second;
}

static std::vector<lint::suspicion> judge(lint::redis_facts const& facts)
{
    std::vector<lint::suspicion> out;
    auto const policy = setting(facts, "maxmemory-policy");
    auto const most = setting(facts, "maxmemory");
    if (setting(facts, "protected-mode") == "no" && setting(facts, "requirepass").empty()) {
        lint::suspicion s;
        s.kind = "setting";
        s.object = "protected-mode";
        s.detail = "Protected mode is off and the default account has no password by requirepass.";
        s.fix = "CONFIG SET protected-mode yes";
        out.push_back(std::move(s));
    }
    if (!most.empty() && most != "0" && policy != "noeviction" && !policy.empty()) {
        lint::suspicion s;
        s.kind = "setting";
        s.object = "maxmemory-policy";
        s.detail = fmt::format(
            "With {} a tenant that fills the {} bytes evicts others' entries.", policy, most
        );
        s.level = evidence::severity::low;
        out.push_back(std::move(s));
    }
    return out;
}

lint::redis_unit lint()
{
    lint::spec what;
    what.id = "cache.server_settings";
    what.title = "Redis is open, or bounded for all tenants together";
    what.where = probe::layer::cache;
    what.kind = evidence::guarantee::integrity;
    what.level = evidence::severity::medium;
    what.cwe = "CWE-1188";
    what.owasp = "API8:2023";
    what.asvs = "13.2.2, 8.4.1";
    what.faults = "K22";
    what.live = "cache.neighbour_flood";
    what.rationale =
        "An account that everybody is needs no password to be abused; a bound on the memory "
        "that knows no tenants lets one tenant evict the others' entries.";
    what.remedy = "requirepass or accounts, protected-mode yes; a bound for each tenant beside "
                  "maxmemory.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::cache::server_settings
