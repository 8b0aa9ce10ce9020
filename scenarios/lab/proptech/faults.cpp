#include "scenarios/lab/core/faults.hpp"

#include "scenarios/lab/proptech/dialect.hpp"

#include <array>

namespace watertight::lab::proptech {

static constexpr std::array catalogue{
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
        "MG6",
        "proptech",
        "The activity log is written without the tenant",
        "mongo",
        "integrity",
        R"(^mongo \S*activities)"},
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
