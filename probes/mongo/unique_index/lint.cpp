#include "harness/base/text.hpp"
#include "harness/lint/mongo.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probes::mongo::unique_index {

static std::vector<lint::suspicion> judge(lint::mongo_facts const& facts)
{
    std::vector<lint::suspicion> out;
    for (auto const& c : facts.collections) {
        if (!c.is_tenants()) continue;
        for (auto const& index : c.indexes) {
            auto const is_id = index.fields == std::vector<std::string>{"_id"};
            auto const scoped = std::ranges::any_of(index.fields, [&](auto const& field) {
                return facts.names_tenant(field);
            });
            if (!index.is_unique || is_id || scoped) continue;
            lint::suspicion s;
            s.kind = "index";
            s.object = c.display() + " " + index.name;
            s.detail = fmt::format(
                "It is unique on {} and lacks {}.",
                fmt::join(index.fields, ", "),
                facts.tenant_field
            );
            out.push_back(std::move(s));
        }
    }
    return out;
}

lint::mongo_unit lint()
{
    lint::spec what;
    what.id = "mongo.unique_index";
    what.title = "A unique index lacks the tenant";
    what.where = probe::layer::mongo;
    what.kind = evidence::guarantee::unobservability;
    what.level = evidence::severity::medium;
    what.cwe = "CWE-203";
    what.owasp = "API1:2023";
    what.asvs = "8.4.1";
    what.faults = "MG8";
    what.live = "api.duplicate_oracle";
    what.rationale =
        "What one tenant has no other can have: the refusal tells that it is there, and "
        "whoever comes first keeps others from it.";
    what.remedy = "Make the tenant field the first of every unique index on what tenants choose.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::mongo::unique_index
