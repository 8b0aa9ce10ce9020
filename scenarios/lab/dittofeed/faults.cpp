#include "scenarios/lab/core/faults.hpp"

#include "scenarios/lab/dittofeed/dialect.hpp"

#include <array>

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
        "J01",
        "dittofeed",
        "X-Workspace-Id decides, whatever the token says",
        "identity",
        "confidentiality",
        R"(^(identity .*X-Workspace-Id|\w+ \S+ .*X-Workspace-Id).*)"},
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
        "K09",
        "dittofeed",
        "A change or deletion leaves the cached object",
        "cache",
        "integrity",
        R"(^((redis|cache) |(GET|PATCH|DELETE) \S*/(segments|journeys|templates)/).*)"},
    fault{
        "K23",
        "dittofeed",
        "Entries of the tenant cache never expire",
        "cache",
        "confidentiality",
        R"(^(redis|cache) .*(segment|journey|template).*)"},
    fault{
        "L1",
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
        "R5",
        "dittofeed",
        "The way back of migration 0010 forgets a table",
        "rollback",
        "rollback",
        R"(^drill .*)"},
};

std::span<fault const> faults()
{
    return catalogue;
}

} // namespace watertight::lab::dittofeed
