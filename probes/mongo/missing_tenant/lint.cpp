#include "harness/base/text.hpp"
#include "harness/lint/mongo.hpp"

#include <fmt/format.h>

namespace watertight::probes::mongo::missing_tenant {

static std::vector<lint::suspicion> judge(lint::mongo_facts const& facts)
{
    std::vector<lint::suspicion> out;
    for (auto const& c : facts.collections) {
        if (!c.is_tenants() || c.missing == 0) continue;
        lint::suspicion s;
        s.kind = "collection";
        s.object = c.display();
        s.detail = fmt::format(
            "{} of {} lack {}.", c.missing, plural(c.documents, "document"), facts.tenant_field
        );
        out.push_back(std::move(s));
    }
    return out;
}

lint::mongo_unit lint()
{
    lint::spec what;
    what.id = "mongo.missing_tenant";
    what.title = "Documents that say nothing of whose they are";
    what.where = probe::layer::mongo;
    what.kind = evidence::guarantee::integrity;
    what.level = evidence::severity::medium;
    what.cwe = "CWE-668";
    what.owasp = "API1:2023";
    what.asvs = "8.4.1";
    what.faults = "MG1 MG6";
    what.live = "mongo.missing_tenant";
    what.rationale =
        "What lacks the tenant is lost to every query with a filter and shown to everybody by "
        "one without.";
    what.remedy = "Repeat the backfill, set the field wherever documents are written, and have a "
                  "validator require it.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::mongo::missing_tenant
