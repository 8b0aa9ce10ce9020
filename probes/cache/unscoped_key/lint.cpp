#include "harness/base/text.hpp"
#include "harness/lint/redis.hpp"

#include <fmt/format.h>

namespace watertight::probes::cache::unscoped_key {

static std::vector<lint::suspicion> judge(lint::redis_facts const& facts)
{
    std::vector<lint::suspicion> out;
    // Where nothing names a tenant, tenants may be told apart elsewhere, or there are none.
    if (facts.how_named.empty()) return out;
    for (auto const& f : facts.families) {
        auto const varies = f.name.find('*') != std::string::npos;
        if (f.without_tenant == 0 || !varies) continue;
        lint::suspicion s;
        s.kind = "key family";
        s.object = f.name;
        s.detail = fmt::format(
            "{} of {} name no tenant, such as {}; told {}.",
            f.without_tenant,
            plural(f.keys, "key"),
            f.example,
            facts.how_named
        );
        out.push_back(std::move(s));
    }
    return out;
}

lint::redis_unit lint()
{
    lint::spec what;
    what.id = "cache.unscoped_key";
    what.title = "Keys that name no tenant";
    what.where = probe::layer::cache;
    what.kind = evidence::guarantee::confidentiality;
    what.level = evidence::severity::low;
    what.cwe = "CWE-524";
    what.owasp = "API1:2023";
    what.asvs = "8.4.1, 14.2.2";
    what.faults = "K01";
    what.live = "cache.unscoped_key";
    what.rationale =
        "A key without the tenant is one entry for all: who asks second is given what the "
        "first one saw.";
    what.remedy =
        "Make the tenant the first part of every key, in the one function that builds keys.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::cache::unscoped_key
