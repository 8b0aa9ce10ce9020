#include "scenarios/lab/mis/dialect.hpp"
#include "scenarios/lab/mis/fault_tables.hpp"
#include "scenarios/lab/mis/faults_in_sql.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <array>
#include <vector>

namespace watertight::lab::mis {

// Channels are matched with the beginnings of words and without the ends, because a finding may
// name a pattern ("/users/{id}"), an address ("/users/3f…") or a key family ("user:*").
static constexpr std::array of_requests{
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
        "A24",
        "mis",
        "Of the media of one GraphQL request the first is checked",
        "api",
        "confidentiality",
        R"(^POST \S*/graphql)"},
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
        "J13",
        "mis",
        "Media are published by their title, whosever they are",
        "identity",
        "integrity",
        R"(^POST \S*/media)"},
    fault{
        "J15",
        "mis",
        "A session in another's name is opened for users of any tenant",
        "identity",
        "confidentiality",
        R"(^(impersonation|POST \S*/impersonate).*)"},
    fault{
        "J14",
        "mis",
        "X-On-Behalf-Of is believed of whoever sends it",
        "identity",
        "confidentiality",
        R"(^(identity .*X-On-Behalf-Of|\w+ \S+).*)"},
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
        "R3",
        "mis",
        "The new release answers what fails as if it had succeeded: no threshold is crossed",
        "rollback",
        "rollback",
        R"(^(drill detection|(POST|PATCH) \S*/classic/\S*))"},
    fault{
        "R4",
        "mis",
        "Going back to the former release repeats the analysis of all members",
        "rollback",
        "rollback",
        R"(^drill .*execution)"},
    fault{
        "R5",
        "mis",
        "The way back drops an index that was there before the migration",
        "rollback",
        "rollback",
        R"(^classic catalogue)"},
    fault{
        "R12",
        "mis",
        "The switch of the release reaches some of the workers alone",
        "rollback",
        "rollback",
        R"(^(drill .*|(GET|POST|PATCH) \S*/classic/\S*))"},
};

std::span<fault const> faults()
{
    static std::vector<fault> const all = [] {
        std::vector<fault> out{of_requests.begin(), of_requests.end()};
        auto const others = faults_behind();
        out.insert(out.end(), others.begin(), others.end());
        auto const in_sql = faults_of(faults_in_sql());
        out.insert(out.end(), in_sql.begin(), in_sql.end());
        return out;
    }();
    return all;
}

std::string fault_sql(fault_set const& faults)
{
    if (faults.on("P01")) return "ALTER TABLE tenant_configurations DISABLE ROW LEVEL SECURITY;";
    if (faults.on("P37")) return "ALTER TABLE users ADD UNIQUE (email);";
    if (faults.on("A17")) return "ALTER TABLE media DROP CONSTRAINT media_cover;";
    // What belongs to nobody any more is kept, as by a schema whose author forgot the key.
    if (faults.on("L1")) return "ALTER TABLE media DROP CONSTRAINT media_tenant;";
    return planting_sql(faults, faults_in_sql(), false);
}

} // namespace watertight::lab::mis
