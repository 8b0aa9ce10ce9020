#include "scenarios/lab/core/faults.hpp"

#include "scenarios/lab/dittofeed/dialect.hpp"
#include "scenarios/lab/dittofeed/faults_in_sql.hpp"

#include <array>
#include <vector>

namespace watertight::lab::dittofeed {

static constexpr std::array catalogue{
    fault{
        "A01",
        "dittofeed",
        "The workspace that the path names is not compared with the session's",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/workspaces/[^/\s]+)"},
    fault{
        "A05",
        "dittofeed",
        "The list of journeys leaves its filter to the policies, which a rollback takes away",
        "rollback",
        "confidentiality",
        R"(^GET \S*/journeys(\?|\s|$))"},
    fault{
        "A18",
        "dittofeed",
        "The audit entry of a failed log-in holds the request with the password",
        "audit",
        "confidentiality",
        R"(^(audit .*|GET \S*/audit-log.*))"},
    fault{
        "A11",
        "dittofeed",
        "An export is found by its id alone",
        "api",
        "confidentiality",
        R"(^GET \S*/exports/[^/\s]+)"},
    fault{
        "A25",
        "dittofeed",
        "Templates of several requests are loaded together, for the workspace that came first",
        "concurrency",
        "confidentiality",
        R"(^GET \S*/templates/[^/\s]+)"},
    fault{
        "A26",
        "dittofeed",
        "A subscription may name any workspace",
        "api",
        "confidentiality",
        R"(^GET \S*/live)"},
    fault{
        "Q3",
        "dittofeed",
        "All workspaces share one topic, and each listener is sent all of it",
        "api",
        "confidentiality",
        R"(^GET \S*/live)"},
    fault{
        "A28",
        "dittofeed",
        "Whoever subscribes is sent the past of all workspaces",
        "api",
        "confidentiality",
        R"(^GET \S*/live)"},
    fault{
        "J01",
        "dittofeed",
        "X-Workspace-Id decides, whatever the token says",
        "identity",
        "confidentiality",
        R"(^(identity .*X-Workspace-Id|\w+ \S+ .*X-Workspace-Id).*)"},
    fault{
        "J03",
        "dittofeed",
        "X-Workspace-Id decides where the token names no workspace",
        "token",
        "confidentiality",
        R"(^token with workspaceId.*)"},
    fault{
        "J06",
        "dittofeed",
        "Tokens are decoded and not verified",
        "token",
        "confidentiality",
        R"(^token .*(alg|signature|key).*)"},
    fault{
        "J07",
        "dittofeed",
        "Unsigned tokens are accepted",
        "token",
        "confidentiality",
        R"(^token .*(alg|none|unsigned|signature).*)"},
    fault{
        "K01",
        "dittofeed",
        "The cache keys have no workspace",
        "cache",
        "confidentiality",
        R"(^((redis|cache) .*(segment|journey|template)|GET \S*/(segment|journey|template)s/).*)"},
    fault{
        "K02",
        "dittofeed",
        "Cached views lie under the workspace's name and theirs, joined by what names may hold",
        "cache",
        "confidentiality",
        R"(^((redis|cache) |GET \S*/(workspaces/|quota)))"},
    fault{
        "K04",
        "dittofeed",
        "Cached views lie under the workspace's name in lower case",
        "cache",
        "confidentiality",
        R"(^((redis|cache) |GET \S*/(workspaces/|quota)))"},
    fault{
        "K09",
        "dittofeed",
        "A change or deletion leaves the cached object",
        "cache",
        "integrity",
        R"(^((redis|cache) |(GET|PATCH|DELETE) \S*/(segments|journeys|templates)/).*)"},
    fault{
        "K22",
        "dittofeed",
        "The cache has room for all together, and the latest comer drives out the others",
        "cache",
        "performance",
        R"(^(redis|cache) )"},
    fault{
        "K23",
        "dittofeed",
        "Entries of the tenant cache never expire",
        "cache",
        "confidentiality",
        R"(^(redis|cache) .*(segment|journey|template).*)"},
    fault{
        "L3",
        "dittofeed",
        "Deleting a workspace leaves its cached objects",
        "lifecycle",
        "confidentiality",
        R"(^(redis .*|lifecycle .*|DELETE \S*/workspaces/.*))"},
    fault{
        "L6",
        "dittofeed",
        "A suspended workspace goes on working",
        "lifecycle",
        "service",
        R"(^(lifecycle|token|identity|tenant|\w+ \S+).*)"},
    fault{
        "N1",
        "dittofeed",
        "The quota is looked at before the creation and held by nothing until it is done",
        "quota",
        "performance",
        R"(^(quota .*|POST \S*/(segments|journeys|templates)(\?|\s|$).*))"},
    fault{
        "N8",
        "dittofeed",
        "All workspaces share one count of what they created",
        "quota",
        "unobservability",
        R"(^(quota .*|GET \S*/(segments|journeys|templates|quota|tenant-metrics)(\?|\s|$).*))"},
    fault{
        "P01",
        "dittofeed",
        "The migration forgets row security on journeys",
        "postgres",
        "confidentiality",
        R"(^postgres .*Journey)"},
    fault{
        "P14",
        "dittofeed",
        "The workspace is set for the connection, not for the transaction",
        "postgres",
        "confidentiality",
        R"(^(postgres .*|(GET|POST|PATCH|DELETE) .*))"},
    fault{
        "R6",
        "dittofeed",
        "Without the enforcement new journeys and segments are the oldest workspace's",
        "rollback",
        "rollback",
        R"(^(postgres \S*(Segment|Journey)|POST \S*/(segments|journeys)))"},
    fault{
        "R11",
        "dittofeed",
        "The way back leaves a view for the former release behind, with its owner's rights",
        "rollback",
        "rollback",
        R"(^postgres catalogue)"},
    fault{
        "R5",
        "dittofeed",
        "The way back of migration 0010 forgets a table",
        "rollback",
        "rollback",
        R"(^drill .*)"},
    fault{
        "X08",
        "dittofeed",
        "A refused attempt is logged when its context is gone, and so is not logged",
        "audit",
        "service",
        R"(^(audit .*|GET \S*/audit-log.*))"},
    fault{
        "X10",
        "dittofeed",
        "A refused attempt is logged for the workspace that it named",
        "audit",
        "confidentiality",
        R"(^(audit .*|GET \S*/audit-log.*))"},
    fault{
        "K08",
        "dittofeed",
        "Reads of the same item that overlap are one, whoever asks",
        "concurrency",
        "confidentiality",
        R"(^GET \S*/(segments|journeys|templates)/[^/\s]+)"},
    fault{
        "Q1",
        "dittofeed",
        "The message to the exports' worker says nothing of the workspace",
        "concurrency",
        "confidentiality",
        R"(^GET \S*/exports/[^/\s]+)"},
    fault{
        "Q7",
        "dittofeed",
        "Exports of two cores share their numbers, and the later result is both's",
        "concurrency",
        "confidentiality",
        R"(^GET \S*/exports/[^/\s]+)"},
    fault{
        "P45",
        "dittofeed",
        "The log's entry about a new object has its name in the statement's text",
        "postgres",
        "confidentiality",
        R"(^postgres sessions)"},
    fault{
        "P54",
        "dittofeed",
        "The search path of a workspace stays on the pooled connection",
        "postgres",
        "confidentiality",
        R"(^postgres session: search_path)"},
};

std::span<fault const> faults()
{
    static std::vector<fault> const all = [] {
        std::vector<fault> out{catalogue.begin(), catalogue.end()};
        for (auto const planted : {faults_in_sql(), faults_beyond_policies()}) {
            auto const in_sql = faults_of(planted);
            out.insert(out.end(), in_sql.begin(), in_sql.end());
        }
        return out;
    }();
    return all;
}

} // namespace watertight::lab::dittofeed
