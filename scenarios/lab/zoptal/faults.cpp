#include "scenarios/lab/zoptal/faults.hpp"

#include <array>

namespace watertight::lab::zoptal {

static constexpr std::array catalogue{
    fault{
        "A01",
        "zoptal",
        "A project is looked for by id in every tenant's collections",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/projects/[^/\s]+)"},
    fault{
        "A05",
        "zoptal",
        "The middleware that finds the tenant is missing on the list of files",
        "api",
        "confidentiality",
        R"(^GET \S*/files(\?|\s|$))"},
    fault{
        "A20",
        "zoptal",
        "A user is looked for in one tenant's collection after another",
        "api",
        "unobservability",
        R"(^(GET|HEAD) \S*/users/[^/\s]+)"},
    fault{
        "J01",
        "zoptal",
        "The gateway forwards the X-Tenant-ID of the client",
        "identity",
        "confidentiality",
        R"(^(identity .*X-Tenant-ID|\w+ \S+ .*X-Tenant-ID).*)"},
    fault{
        "J10",
        "zoptal",
        "A deleted user's token works until it expires",
        "token",
        "integrity",
        R"(^(token .*(revo|delet|remov|user)|session |\w+ \S+).*)"},
    fault{
        "K01",
        "zoptal",
        "The cache key of a project has no tenant",
        "cache",
        "confidentiality",
        R"(^((redis|cache) .*project|GET \S*/projects/[^/\s]+).*)"},
    fault{
        "K09",
        "zoptal",
        "A change or deletion leaves the cached project",
        "cache",
        "integrity",
        R"(^((redis|cache) .*project|(GET|PATCH|PUT|DELETE) \S*/projects/[^/\s]+).*)"},
    fault{
        "K10",
        "zoptal",
        "Deleting a tenant deletes the keys of all whose names begin with its own",
        "cache",
        "integrity",
        R"(^(redis|cache|DELETE \S*/tenants/))"},
    fault{
        "K11",
        "zoptal",
        "A tenant's account in Redis may use every tenant's keys",
        "cache",
        "confidentiality",
        R"(^redis )"},
    fault{
        "K12",
        "zoptal",
        "A tenant's account in Redis may subscribe to every channel",
        "cache",
        "confidentiality",
        R"(^redis .*(published|messages))"},
    fault{
        "K13",
        "zoptal",
        "A tenant's account in Redis may flush everybody's scripts",
        "cache",
        "integrity",
        R"(^redis SCRIPT FLUSH)"},
    fault{
        "K14",
        "zoptal",
        "A tenant's account in Redis may watch everybody's commands",
        "cache",
        "confidentiality",
        R"(^redis (MONITOR|SLOWLOG))"},
    fault{
        "K15",
        "zoptal",
        "A tenant's account in Redis is told of every key that is used",
        "cache",
        "unobservability",
        R"(^redis keyspace)"},
    fault{
        "K16",
        "zoptal",
        "The gateway keeps files by their path alone",
        "cache",
        "confidentiality",
        R"(^(cache|GET \S*/files/[^/\s]+/content).*)"},
    fault{
        "K17",
        "zoptal",
        "The gateway keeps what looks like a style sheet, and passes the rest of the name on",
        "cache",
        "confidentiality",
        R"(^(cache|GET \S*/(projects|users|files|usage)).*)"},
    fault{
        "K18",
        "zoptal",
        "The gateway passes X-Forwarded-Host on, which is no part of its key",
        "cache",
        "integrity",
        R"(^(cache|GET \S*/branding).*)"},
    fault{
        "K19",
        "zoptal",
        "A project's ETag is compared before it is asked whose it is",
        "cache",
        "unobservability",
        R"(^(cache|(GET|HEAD) \S*/projects/[^/\s]+).*)"},
    fault{
        "MG10",
        "zoptal",
        "A report on everybody's projects lies among one tenant's collections",
        "mongo",
        "integrity",
        R"(^mongo .*report)"},
    fault{
        "MG12",
        "zoptal",
        "The names of projects' collections are cut, so that tenants share them",
        "mongo",
        "confidentiality",
        R"(^(mongo .*projects|GET \S*/projects).*)"},
    fault{
        "N8",
        "zoptal",
        "All tenants share one counter of requests",
        "quota",
        "performance",
        R"(^(quota|rate|limit|\w+ \S+|redis ).*)"},
    fault{
        "L4",
        "zoptal",
        "Deleting a tenant leaves its cached projects, under a name that is free again",
        "lifecycle",
        "confidentiality",
        R"(^(GET \S*/projects/|lifecycle ).*)"},
    fault{
        "L2",
        "zoptal",
        "Deleting a tenant leaves its files",
        "lifecycle",
        "confidentiality",
        R"(^(mongo .*files|lifecycle .*|DELETE \S*/tenants/.*))"},
    fault{
        "L5",
        "zoptal",
        "A tenant is there before it is known whether its first user can be",
        "lifecycle",
        "service",
        R"(^POST \S*/tenants)"},
    fault{
        "L6",
        "zoptal",
        "A suspended tenant goes on working",
        "lifecycle",
        "service",
        R"(^(lifecycle|token|identity|tenant|\w+ \S+).*)"},
    fault{
        "R6",
        "zoptal",
        "What is made at the default host after the cut-over has no tenant",
        "rollback",
        "rollback",
        R"(^mongo \S*projects)"},
    fault{
        "R13",
        "zoptal",
        "A second restore takes away what was written since the first",
        "rollback",
        "rollback",
        R"(^(drill .*|mongo .*|(POST|PATCH) \S*/projects.*))"},
    fault{
        "R7",
        "zoptal",
        "The restore forgets what was written since the backup",
        "rollback",
        "rollback",
        R"(^(drill .*|(POST|PATCH) \S*/projects.*))"},
};

std::span<fault const> faults()
{
    return catalogue;
}

} // namespace watertight::lab::zoptal
