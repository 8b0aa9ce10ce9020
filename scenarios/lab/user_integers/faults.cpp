#include "scenarios/lab/core/faults.hpp"

#include "scenarios/lab/user_integers/dialect.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <array>

namespace watertight::lab::user_integers {

static constexpr fault make(
    std::string_view id,
    std::string_view title,
    std::string_view layer,
    std::string_view guarantee,
    std::string_view channel
)
{
    return {id, "user-integers", title, layer, guarantee, channel};
}

// Channels are matched with the beginnings of words and without the ends, because a finding may
// name a pattern ("/user_integers/{id}"), an address or a key family ("integer:*").
static constexpr std::array catalogue{
    make(
        "A01",
        "Reading an integer by id asks for no tenant",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/user_integers/[^/\s]+)"
    ),
    make(
        "A02",
        "Changing an integer by id asks for no tenant",
        "api",
        "integrity",
        R"(^(PATCH|PUT) \S*/user_integers/[^/\s]+)"
    ),
    make(
        "A03",
        "Deleting an integer by id asks for no tenant",
        "api",
        "integrity",
        R"(^DELETE \S*/user_integers/[^/\s]+)"
    ),
    make(
        "A05",
        "The list of a user's integers is everybody's",
        "api",
        "confidentiality",
        R"(^GET \S*/user_integers(\?|\s|$))"
    ),
    make(
        "A07",
        "The tenant's summary counts every tenant's integers",
        "api",
        "unobservability",
        R"(^GET \S*/tenant/summary)"
    ),
    make(
        "A09",
        "The search for a value looks through everybody's integers",
        "api",
        "confidentiality",
        R"(^(GET \S*/user_integers(\?|\s|$)|search ).*)"
    ),
    make(
        "A12",
        "The next version of an integer's address asks for no tenant",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/v2/user_integers/[^/\s]+)"
    ),
    make(
        "A13",
        "HEAD asks for no tenant where GET does",
        "api",
        "unobservability",
        R"(^HEAD \S*/user_integers/[^/\s]+)"
    ),
    make(
        "A15",
        "Creating a user honours the tenant of the body",
        "api",
        "integrity",
        R"(^POST \S*/users(\?|\s|$))"
    ),
    make(
        "A21",
        "Whoever is signed in may do what is for administrators",
        "api",
        "integrity",
        R"(^(POST|PATCH|DELETE) \S*/users)"
    ),
    make(
        "A36",
        "The host that X-Forwarded-Host names decides, whatever the token says",
        "identity",
        "confidentiality",
        R"(^identity .*X-Forwarded-Host.*)"
    ),
    make(
        "J09",
        "Whose an API key is is remembered without its tenant",
        "identity",
        "confidentiality",
        R"(^identity .*credentials of.*)"
    ),
    make(
        "A35",
        "Pinning an integer asks for no tenant",
        "api",
        "integrity",
        R"(^POST \S*/user_integers/[^/\s]+/pin)"
    ),
    make(
        "A37",
        "The term of a search is put into the statement as it is",
        "api",
        "confidentiality",
        R"(^GET \S*/user_integers(\?|\s|$))"
    ),
    make(
        "J01",
        "X-Tenant decides, whatever the token says",
        "identity",
        "confidentiality",
        R"(^(identity .*X-Tenant|\w+ \S+ .*X-Tenant).*)"
    ),
    make(
        "J04", "Tokens of another issuer are accepted", "token", "integrity", R"(^token with iss.*)"
    ),
    make(
        "J05",
        "Tokens for another service are accepted",
        "token",
        "integrity",
        R"(^token with aud.*)"
    ),
    make(
        "J07",
        "Unsigned tokens are accepted",
        "token",
        "confidentiality",
        R"(^token .*(alg|none|unsigned|signature).*)"
    ),
    make(
        "J10",
        "A deleted user's token works until it expires",
        "token",
        "integrity",
        R"(^(token .*(revo|delet|remov|user)|session |\w+ \S+).*)"
    ),
    make(
        "K01",
        "The cache key of an integer has no tenant",
        "cache",
        "confidentiality",
        R"(^((redis|cache) .*integer|GET \S*/user_integers/[^/\s]+).*)"
    ),
    make(
        "K09",
        "A change or deletion leaves the cached integer",
        "cache",
        "integrity",
        R"(^((redis|cache) .*integer|(GET|PATCH|PUT|DELETE) \S*/user_integers/[^/\s]+).*)"
    ),
    make(
        "K10",
        "Changing one integer flushes everybody's keys",
        "cache",
        "integrity",
        R"(^(redis|cache|(PATCH|PUT|DELETE) \S*/user_integers/).*)"
    ),
    make(
        "K21",
        "Results are cached by statement and values, and the tenant is the connection's",
        "cache",
        "confidentiality",
        R"(^(cache |GET \S*/users/[^/\s]+))"
    ),
    make(
        "P01", "Row security is off on users", "postgres", "confidentiality", R"(^postgres .*users)"
    ),
    make(
        "P14",
        "A connection that changes pools keeps the former tenant",
        "postgres",
        "confidentiality",
        R"(^(GET|POST|PUT|PATCH|DELETE|HEAD|concurren|load|identity|postgres).*)"
    ),
    make(
        "P37",
        "A user name is unique across tenants",
        "postgres",
        "unobservability",
        R"(^(postgres .*users|POST \S*/users).*)"
    ),
    make(
        "P46",
        "All tenants' integers are written under one advisory lock",
        "postgres",
        "performance",
        R"(^postgres advisory lock)"
    ),
    make(
        "P47",
        "New integers are told to whoever listens",
        "postgres",
        "confidentiality",
        R"(^postgres channel)"
    ),
    make(
        "N1",
        "The room for users is looked at before the creation and held by nothing until it is done",
        "quota",
        "performance",
        R"(^(quota .*|POST \S*/users(\?|\s|$).*))"
    ),
    make(
        "N2",
        "The month's calls are counted by user, so that a tenant multiplies them with its users",
        "quota",
        "performance",
        R"(^(quota .*|GET \S*/(user_integer|tenant)).*)"
    ),
    make(
        "N8",
        "All tenants share one count of the month's calls",
        "quota",
        "performance",
        R"(^(quota|rate|limit|\w+ \S+|redis ).*)"
    ),
    make(
        "L1",
        "Deleting a tenant leaves its integers and its keys",
        "lifecycle",
        "confidentiality",
        R"(^(postgres .*user_integers|redis .*|lifecycle .*|DELETE \S*/tenants/.*))"
    ),
    make(
        "L9",
        "The first API key of a user is made from the user's name",
        "lifecycle",
        "confidentiality",
        R"(^secret .*key)"
    ),
    make(
        "L6",
        "A suspended tenant goes on working",
        "lifecycle",
        "service",
        R"(^(lifecycle|token|identity|tenant|\w+ \S+).*)"
    ),
    make(
        "R1",
        "A long report holds its lock while the schema is rolled back",
        "rollback",
        "rollback",
        R"(^drill .*(execution|rollback|budget|step).*)"
    ),
    make(
        "X10",
        "The tenant of a line of the log is that of whoever the core worked for last",
        "audit",
        "confidentiality",
        R"(^log .*)"
    ),
    make(
        "R8",
        "The new release leaves what the old one keeps in its cache as it was",
        "rollback",
        "rollback",
        R"(^(drill .*|(POST|PATCH|GET) \S*/classic/\S*user_integers))"
    ),
    make(
        "R10",
        "The way back leaves a tenth of the users in the new release",
        "rollback",
        "rollback",
        R"(^(drill .*|(POST|PATCH|GET) \S*/classic/\S*user_integers))"
    ),
    make(
        "R7",
        "The new release keeps new integers where the rollback leaves them",
        "rollback",
        "rollback",
        R"(^(POST|GET) \S*/classic/\S*user_integers)"
    ),
};

std::span<fault const> faults()
{
    return catalogue;
}

std::string fault_sql(fault_set const& faults)
{
    if (faults.on("P01")) return "ALTER TABLE users DISABLE ROW LEVEL SECURITY;";
    if (faults.on("P37")) return "ALTER TABLE users ADD UNIQUE (username);";
    if (faults.on("P46")) {
        return "CREATE FUNCTION one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               "PERFORM pg_advisory_xact_lock(hashtext('integers')); RETURN NEW; END $$; "
               "CREATE TRIGGER one_at_a_time BEFORE INSERT OR UPDATE ON user_integers "
               "FOR EACH ROW EXECUTE FUNCTION one_at_a_time();";
    }
    if (faults.on("P47")) {
        return "CREATE FUNCTION tell_integer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               "PERFORM pg_notify('integers', row_to_json(NEW)::text); RETURN NULL; END $$; "
               "CREATE TRIGGER tell_integer AFTER INSERT ON user_integers "
               "FOR EACH ROW EXECUTE FUNCTION tell_integer();";
    }
    // What belongs to nobody any more is kept, as by a schema whose author forgot the keys.
    if (faults.on("L1")) {
        return "ALTER TABLE user_integers DROP CONSTRAINT user_integers_tenant, "
               "DROP CONSTRAINT user_integers_user;";
    }
    return "";
}

} // namespace watertight::lab::user_integers
