#include "harness/base/text.hpp"
#include "harness/lint/mongo.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probes::mongo::wide_roles {

static std::vector<lint::suspicion> judge(lint::mongo_facts const& facts)
{
    static constexpr std::string_view wide[] = {
        "root",
        "__system",
        "readAnyDatabase",
        "readWriteAnyDatabase",
        "dbAdminAnyDatabase",
        "userAdminAnyDatabase"};
    std::vector<lint::suspicion> out;
    for (auto const& user : facts.users) {
        for (auto const& role : user.roles) {
            if (std::ranges::find(wide, role.name) == std::end(wide)) continue;
            lint::suspicion s;
            s.kind = "account";
            s.object = user.database + "." + user.name;
            s.detail = fmt::format("Its role {} holds in every database.", role.name);
            out.push_back(std::move(s));
            break;
        }
    }
    return out;
}

lint::mongo_unit lint()
{
    lint::spec what;
    what.id = "mongo.wide_roles";
    what.title = "An account of MongoDB reaches every database";
    what.where = probe::layer::mongo;
    what.kind = evidence::guarantee::confidentiality;
    what.level = evidence::severity::low;
    what.cwe = "CWE-732";
    what.owasp = "API5:2023";
    what.asvs = "8.4.1, 13.2.2";
    what.faults = "MG12";
    what.live = "";
    what.rationale =
        "Where a database for each tenant is the boundary, an account for all of them is "
        "none: the name of the database, built from what a request says, is all that keeps "
        "tenants apart.";
    what.remedy =
        "readWrite on the databases that are needed, by account; no *AnyDatabase and no root "
        "for who serves requests.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::mongo::wide_roles
