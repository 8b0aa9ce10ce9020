#include "harness/base/text.hpp"
#include "harness/lint/redis.hpp"

#include <fmt/format.h>

namespace watertight::probes::cache::unbounded_lifetime {

static std::vector<lint::suspicion> judge(lint::redis_facts const& facts)
{
    std::vector<lint::suspicion> out;
    for (auto const& f : facts.families) {
        if (f.without_expiry == 0) continue;
        lint::suspicion s;
        s.kind = "key family";
        s.object = f.name;
        s.detail = fmt::format(
            "{} of {} that were asked never expire ({} in all), such as {}.",
            f.without_expiry,
            plural(f.asked, "key"),
            f.keys,
            f.example
        );
        out.push_back(std::move(s));
    }
    return out;
}

lint::redis_unit lint()
{
    lint::spec what;
    what.id = "cache.unbounded_lifetime";
    what.title = "Keys that never expire";
    what.where = probe::layer::cache;
    what.kind = evidence::guarantee::confidentiality;
    what.level = evidence::severity::low;
    what.cwe = "CWE-613";
    what.owasp = "API1:2023";
    what.asvs = "14.2.2";
    what.faults = "K23";
    what.live = "cache.unbounded_lifetime";
    what.rationale =
        "What never expires outlives the object, the permission and the tenant that it was "
        "made for.";
    what.remedy =
        "Write entries with a lifetime (SET ... EX), or delete a tenant's keys when it leaves "
        "and prove that nothing is left.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::cache::unbounded_lifetime
