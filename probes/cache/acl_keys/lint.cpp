#include "harness/base/text.hpp"
#include "harness/lint/redis.hpp"

#include <fmt/format.h>

namespace watertight::probes::cache::acl_keys {

static std::vector<lint::suspicion> judge(lint::redis_facts const& facts)
{
    std::vector<lint::suspicion> out;
    for (auto const& user : facts.users) {
        if (!user.is_on || user.name == facts.own_name) continue;
        if (user.needs_no_password) {
            lint::suspicion s;
            s.kind = "account";
            s.object = user.name;
            s.detail = "It is on and needs no password.";
            s.fix = "ACL SETUSER " + user.name + " resetpass >...";
            s.level = evidence::severity::high;
            out.push_back(std::move(s));
        }
        if (!user.reaches_all_keys()) continue;
        lint::suspicion s;
        s.kind = "account";
        s.object = user.name;
        s.detail = "Its key patterns let it use every key (~*), whoever's it is.";
        s.fix = "ACL SETUSER " + user.name + " resetkeys ~prefix:*";
        out.push_back(std::move(s));
    }
    return out;
}

lint::redis_unit lint()
{
    lint::spec what;
    what.id = "cache.acl_keys";
    what.title = "An account in Redis may use every key";
    what.where = probe::layer::cache;
    what.kind = evidence::guarantee::confidentiality;
    what.level = evidence::severity::low;
    what.cwe = "CWE-732";
    what.owasp = "API5:2023";
    what.asvs = "8.4.1, 13.2.2";
    what.faults = "K11";
    what.live = "cache.tenant_credentials";
    what.rationale =
        "Where an account reaches every key, the prefix in the name is all that keeps tenants "
        "apart: each query that forgets it reads what is others'.";
    what.remedy = "Give each application, and each tenant that has an account, resetkeys and the "
                  "patterns that it needs, with a separator at the end of the tenant.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::cache::acl_keys
