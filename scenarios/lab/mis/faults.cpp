#include "scenarios/lab/core/faults.hpp"

#include "scenarios/lab/mis/dialect.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <array>

namespace watertight::lab::mis {

// Channels are matched with the beginnings of words and without the ends, because a finding may
// name a pattern ("/users/{id}"), an address ("/users/3f…") or a key family ("user:*").
static constexpr std::array catalogue{
    fault{
        "A01",
        "mis",
        "Reading a user by id asks for no tenant",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/users/[^/\s]+)"},
    fault{
        "A02",
        "mis",
        "Changing a user by id asks for no tenant",
        "api",
        "integrity",
        R"(^(PATCH|PUT|POST) \S*/users/[^/\s]+)"},
    fault{
        "A03",
        "mis",
        "Deleting a user by id asks for no tenant",
        "api",
        "integrity",
        R"(^DELETE \S*/users/[^/\s]+)"},
    fault{
        "A05",
        "mis",
        "Listing users without a search term is not filtered",
        "api",
        "confidentiality",
        R"(^GET \S*/users(\?|\s|$))"},
    fault{
        "A06",
        "mis",
        "?tenant_id= overrides the filter of the list",
        "api",
        "confidentiality",
        R"(^(GET \S*/users|identity .*query|parameter ).*)"},
    fault{
        "A08",
        "mis",
        "The list's total counts every tenant's users",
        "api",
        "unobservability",
        R"(^GET \S*/users(\?|\s|$))"},
    fault{
        "A09",
        "mis",
        "The search looks through every tenant's users",
        "api",
        "confidentiality",
        R"(^(GET \S*/users(\?|\s|$)|search ).*)"},
    fault{
        "A10",
        "mis",
        "Archiving media checks the first id of the list alone",
        "api",
        "integrity",
        R"(^(POST|PATCH) \S*/media/archive)"},
    fault{
        "A12",
        "mis",
        "The former version of a medium's address asks for no tenant",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/api/media/[^/\s]+)"},
    fault{
        "A13",
        "mis",
        "PUT asks for no tenant where PATCH does",
        "api",
        "integrity",
        R"(^PUT \S*/users/[^/\s]+)"},
    fault{
        "A15",
        "mis",
        "Creating a user honours the tenant of the body",
        "api",
        "integrity",
        R"(^POST \S*/users(\?|\s|$))"},
    fault{
        "A16",
        "mis",
        "Changing a user honours the tenant of the body",
        "api",
        "integrity",
        R"(^(PATCH|PUT) \S*/users/[^/\s]+)"},
    fault{
        "A17",
        "mis",
        "A medium's cover may be another tenant's file",
        "api",
        "confidentiality",
        R"(^(GET|POST|PATCH) \S*/media)"},
    fault{
        "A18",
        "mis",
        "A user's answer carries other tenants' names",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/users/[^/\s]+)"},
    fault{
        "A19",
        "mis",
        "A foreign user is forbidden, an absent one not found",
        "api",
        "unobservability",
        R"(^(GET|HEAD) \S*/users/[^/\s]+)"},
    fault{
        "A20",
        "mis",
        "A preview is rendered of a medium before it is asked whose it is",
        "api",
        "unobservability",
        R"(^(GET|HEAD) \S*/media/[^/\s]+)"},
    fault{
        "A21",
        "mis",
        "Whoever is signed in may list and make tenants",
        "api",
        "integrity",
        R"(^(GET|POST) \S*/tenants)"},
    fault{
        "A22",
        "mis",
        "A deleted user can still be read",
        "lifecycle",
        "integrity",
        R"(^(GET|DELETE|HEAD) \S*/users/[^/\s]+)"},
    fault{
        "A23",
        "mis",
        "A medium that is refused for its size is stored all the same",
        "lifecycle",
        "integrity",
        R"(^POST \S*/media(\?|\s|$))"},
    fault{
        "A30",
        "mis",
        "The key of a repeated request has no tenant",
        "api",
        "confidentiality",
        R"(^POST \S*/media(\?|\s|$))"},
    fault{
        "A31",
        "mis",
        "A cursor says whose list goes on",
        "api",
        "confidentiality",
        R"(^GET \S*/media(\?|\s|$))"},
    fault{
        "A34",
        "mis",
        "The error for a foreign user tells its e-mail address",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/users/[^/\s]+)"},
    fault{
        "A35",
        "mis",
        "Publishing a medium asks for no tenant",
        "api",
        "integrity",
        R"(^POST \S*/media/[^/\s]+/publish)"},
    fault{
        "A37",
        "mis",
        "The term of a search is put into the statement as it is",
        "api",
        "confidentiality",
        R"(^GET \S*/users(\?|\s|$))"},
    fault{
        "J01",
        "mis",
        "X-Tenant-ID decides, whatever the token says",
        "identity",
        "confidentiality",
        R"(^(identity .*X-Tenant-ID|\w+ \S+ .*X-Tenant-ID).*)"},
    fault{
        "J02",
        "mis",
        "The host or ?tenant= decides, whatever the token says",
        "identity",
        "confidentiality",
        R"(^(identity .*(host|Host|query|tenant=|\.local)|\w+ \S+ .*(Host|tenant=)).*)"},
    fault{
        "J03",
        "mis",
        "A token without a tenant is the oldest tenant's",
        "token",
        "confidentiality",
        R"(^token with .*tenant.*)"},
    fault{
        "J08",
        "mis",
        "The file that a token's kid names is its key",
        "token",
        "confidentiality",
        R"(^token kid.*)"},
    fault{
        "J12",
        "mis",
        "The log-in looks for the e-mail address in all tenants",
        "identity",
        "confidentiality",
        R"(^log-in .*)"},
    fault{
        "J16",
        "mis",
        "X-Tenant-Slug in another case passes the check, and decides",
        "identity",
        "confidentiality",
        R"(^identity .*X-Tenant-Slug.*case.*)"},
    fault{
        "J07",
        "mis",
        "Unsigned tokens are accepted",
        "token",
        "confidentiality",
        R"(^token .*(alg|none|unsigned|signature).*)"},
    fault{
        "J10",
        "mis",
        "A deleted user's token works until it expires",
        "token",
        "integrity",
        R"(^(token .*(revo|delet|remov|user)|session |\w+ \S+).*)"},
    fault{
        "K01",
        "mis",
        "The cache key of a user has no tenant",
        "cache",
        "confidentiality",
        R"(^((redis|cache) .*user|GET \S*/users/[^/\s]+).*)"},
    fault{
        "K05",
        "mis",
        "That a user is not there is cached for every tenant",
        "cache",
        "integrity",
        R"(^GET \S*/users/[^/\s]+)"},
    fault{
        "K03",
        "mis",
        "A tenant's summary is cached under the first 32 letters of its name",
        "cache",
        "confidentiality",
        R"(^(cache|redis|GET \S*/tenants/[^/\s]+).*)"},
    fault{
        "K09",
        "mis",
        "A change or deletion leaves the cached user",
        "cache",
        "integrity",
        R"(^((redis|cache) .*user|(GET|PATCH|PUT|DELETE) \S*/users/[^/\s]+).*)"},
    fault{
        "K10",
        "mis",
        "Deleting a tenant flushes everybody's keys",
        "cache",
        "integrity",
        R"(^(redis|cache|DELETE \S*/tenants/).*)"},
    fault{
        "K19",
        "mis",
        "A medium's ETag is compared before it is asked whose it is",
        "cache",
        "unobservability",
        R"(^(cache|(GET|HEAD) \S*/media/[^/\s]+).*)"},
    fault{
        "P01",
        "mis",
        "Row security is off on tenant_configurations",
        "postgres",
        "confidentiality",
        R"(^postgres .*tenant_configurations)"},
    fault{
        "P37",
        "mis",
        "An e-mail address is unique across tenants",
        "postgres",
        "unobservability",
        R"(^(postgres .*users|POST \S*/users).*)"},
    fault{
        "F1",
        "mis",
        "The key of a file has no tenant, and is all that a reader needs",
        "files",
        "confidentiality",
        R"(^(files?|GET \S*/files/[^/\s]+).*)"},
    fault{
        "N1",
        "mis",
        "The room for users is looked at before the creation and held by nothing until it is done",
        "quota",
        "performance",
        R"(^(quota .*|POST \S*/users(\?|\s|$).*))"},
    fault{
        "N2",
        "mis",
        "Requests are counted by user, so that a tenant multiplies its limit with its users",
        "quota",
        "performance",
        R"(^(quota .*|GET \S*/(users|media|tenants)).*)"},
    fault{
        "F3",
        "mis",
        "A link is signed to whatever file is asked for",
        "files",
        "confidentiality",
        R"(^(files?|GET \S*/files/[^/\s]+).*)"},
    fault{
        "F4",
        "mis",
        "Links to files need no signature",
        "files",
        "confidentiality",
        R"(^(files?|GET \S*/files/[^/\s]+).*)"},
    fault{
        "F5",
        "mis",
        "A key that begins with one's own folder is opened wherever it leads",
        "files",
        "confidentiality",
        R"(^(files?|GET \S*/files/[^/\s]+).*)"},
    fault{
        "F9",
        "mis",
        "A deleted file stays in its folder, and links to it open",
        "files",
        "confidentiality",
        R"(^(files?|GET \S*/files/[^/\s]+).*)"},
    fault{
        "N8",
        "mis",
        "All tenants share one counter of requests",
        "quota",
        "performance",
        R"(^(quota|rate|limit|\w+ \S+|redis ).*)"},
    fault{
        "X04",
        "mis",
        "The current tenant is one for the whole process",
        "concurrency",
        "confidentiality",
        R"(^(GET|POST|PUT|PATCH|DELETE|HEAD|concurren|load).*)"},
    fault{
        "L8",
        "mis",
        "Moving to another plan puts all settings back to that plan's defaults",
        "lifecycle",
        "integrity",
        R"(^(lifecycle .*|(GET|POST) \S*/tenants/.*))"},
    fault{
        "N9",
        "mis",
        "Every plan is served the analytics of the largest",
        "quota",
        "service",
        R"(^GET \S*/analytics)"},
    fault{
        "N11",
        "mis",
        "Usage is counted for all tenants together",
        "quota",
        "unobservability",
        R"(^(usage .*|GET \S*/usage))"},
    fault{
        "X08",
        "mis",
        "Changes of users are logged after the request, when nobody knows any more for whom",
        "audit",
        "service",
        R"(^(audit .*|GET \S*/audit-log.*))"},
    fault{
        "X10",
        "mis",
        "A refused attempt by path is logged for the tenant that it named",
        "audit",
        "confidentiality",
        R"(^(audit .*|GET \S*/audit-log.*))"},
    fault{
        "L1",
        "mis",
        "Deleting a tenant leaves its media and its keys",
        "lifecycle",
        "confidentiality",
        R"(^(postgres .*media|redis .*|lifecycle .*|DELETE \S*/tenants/.*))"},
    fault{
        "L6",
        "mis",
        "A suspended tenant goes on working",
        "lifecycle",
        "service",
        R"(^(lifecycle|token|identity|tenant|\w+ \S+).*)"},
    fault{
        "R1",
        "mis",
        "A long report holds its lock while the schema is rolled back",
        "rollback",
        "rollback",
        R"(^drill .*(execution|rollback|budget|step).*)"},
};

std::span<fault const> faults()
{
    return catalogue;
}

std::string fault_sql(fault_set const& faults)
{
    if (faults.on("P01")) return "ALTER TABLE tenant_configurations DISABLE ROW LEVEL SECURITY;";
    if (faults.on("P37")) return "ALTER TABLE users ADD UNIQUE (email);";
    if (faults.on("A17")) return "ALTER TABLE media DROP CONSTRAINT media_cover;";
    // What belongs to nobody any more is kept, as by a schema whose author forgot the key.
    if (faults.on("L1")) return "ALTER TABLE media DROP CONSTRAINT media_tenant;";
    return "";
}

} // namespace watertight::lab::mis
