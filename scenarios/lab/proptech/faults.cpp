#include "scenarios/lab/core/faults.hpp"

#include "scenarios/lab/proptech/dialect.hpp"

#include <array>

namespace watertight::lab::proptech {

static constexpr std::array catalogue{
    fault{
        "J02",
        "proptech",
        "Of two X-Tenant-Id headers the first is checked and the last is used",
        "identity",
        "confidentiality",
        R"(^identity .*X-Tenant-Id.*twice.*)"},
    fault{
        "X07",
        "proptech",
        "X-Tenant-Id: undefined leaves the tenant out of the filter",
        "identity",
        "confidentiality",
        R"(^identity .*X-Tenant-Id of.*)"},
    fault{
        "K06",
        "proptech",
        "A user's role is cached without the tenant",
        "identity",
        "confidentiality",
        R"(^(identity|token|\w+ /api/).*)"},
    fault{
        "J06",
        "proptech",
        "A token's end is not looked at",
        "token",
        "integrity",
        R"(^token with exp.*)"},
    fault{
        "J07",
        "proptech",
        "Tokens are signed with a key that the service's name gives away",
        "token",
        "confidentiality",
        R"(^token .*guessed key.*)"},
    fault{
        "J11",
        "proptech",
        "An account goes on for a moment in the tenant that it named before",
        "identity",
        "confidentiality",
        R"(^(identity .*|\w+ /api/).*)"},
    fault{
        "J17",
        "proptech",
        "An owner who names no tenant is shown what all have",
        "identity",
        "confidentiality",
        R"(^(identity .*|\w+ /api/).*)"},
    fault{
        "A04",
        "proptech",
        "A document is found by way of any project of one's own",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/projects/[^/\s]+/documents/)"},
    fault{
        "J15",
        "proptech",
        "Whoever is signed in is served under any tenant's header",
        "identity",
        "confidentiality",
        R"(^(identity|token|\w+ /api/).*)"},
    fault{
        "MG1",
        "proptech",
        "Reading and changing a document by id asks for no tenant",
        "api",
        "confidentiality",
        R"(^(GET|HEAD) \S*/documents/[^/\s]+)"},
    fault{
        "MG2",
        "proptech",
        "The list of documents has a branch for what is not confidential, without the tenant",
        "mongo",
        "confidentiality",
        R"(^GET \S*/documents(\?|\s|$))"},
    fault{
        "MG3",
        "proptech",
        "A document's project is looked up by its id alone, when it is stored and when it is shown",
        "mongo",
        "confidentiality",
        R"(^(GET|POST|PATCH) \S*/documents)"},
    fault{
        "MG5",
        "proptech",
        "Operators in the query's parameters become part of the filter",
        "mongo",
        "confidentiality",
        R"(^GET \S*/(projects|documents)(\?|\s|$))"},
    fault{
        "MG7",
        "proptech",
        "A project is saved by an upsert that asks for no tenant",
        "mongo",
        "integrity",
        R"(^((GET|PUT|PATCH) \S*/projects|mongo \S*projects))"},
    fault{
        "MG8",
        "proptech",
        "The unique index on projects' names lacks the tenant",
        "mongo",
        "unobservability",
        R"(^POST \S*/projects)"},
    fault{
        "MG11",
        "proptech",
        "The search for words asks for no tenant",
        "mongo",
        "confidentiality",
        R"(^GET \S*/projects$)"},
    fault{
        "MG6",
        "proptech",
        "The activity log is written without the tenant",
        "mongo",
        "integrity",
        R"(^mongo \S*activities)"},
    fault{
        "R2",
        "proptech",
        "The cache of the frontend goes on serving the new release after the rollback",
        "rollback",
        "rollback",
        R"(^drill .*)"},
    fault{
        "R5",
        "proptech",
        "Restoring the snapshot makes collections anew without their indexes",
        "rollback",
        "rollback",
        R"(^classic catalogue)"},
    fault{
        "R7",
        "proptech",
        "Restoring the snapshot leaves a collection as the migration made it",
        "rollback",
        "rollback",
        R"(^classic \S*projects)"},
    fault{
        "R9",
        "proptech",
        "The backfill gives documents of other tenants to the default one",
        "rollback",
        "rollback",
        R"(^drill .*)"},
};

std::span<fault const> faults()
{
    return catalogue;
}

} // namespace watertight::lab::proptech
