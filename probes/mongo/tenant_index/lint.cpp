#include "harness/base/text.hpp"
#include "harness/lint/mongo.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probes::mongo::tenant_index {

static std::vector<lint::suspicion> judge(lint::mongo_facts const& facts)
{
    std::vector<lint::suspicion> out;
    for (auto const& c : facts.collections) {
        if (!c.is_tenants()) continue;
        auto const leads = [&](auto const& index) {
            return !index.fields.empty() && facts.names_tenant(index.fields.front());
        };
        if (std::ranges::any_of(c.indexes, leads)) continue;
        lint::suspicion s;
        s.kind = "collection";
        s.object = c.display();
        s.detail = fmt::format(
            "None of its {} indexes begins with {}; it holds {}.",
            c.indexes.size(),
            facts.tenant_field,
            plural(c.documents, "document")
        );
        s.fix = fmt::format(
            "db.getSiblingDB('{}').getCollection('{}').createIndex({{'{}': 1}})",
            c.database,
            c.name,
            facts.tenant_field
        );
        out.push_back(std::move(s));
    }
    return out;
}

lint::mongo_unit lint()
{
    lint::spec what;
    what.id = "mongo.tenant_index";
    what.title = "No index of a collection begins with the tenant";
    what.where = probe::layer::mongo;
    what.kind = evidence::guarantee::performance;
    what.level = evidence::severity::low;
    what.cwe = "CWE-1067";
    what.owasp = "API4:2023";
    what.asvs = "15.2.2";
    what.faults = "N6";
    what.live = "";
    what.rationale =
        "Each query of one tenant reads what all of them have: small tenants pay for large "
        "ones.";
    what.remedy = "createIndex with the tenant field first, then what the queries ask for.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::mongo::tenant_index
