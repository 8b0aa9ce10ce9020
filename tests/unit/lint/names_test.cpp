#include "harness/lint/mongo.hpp"

#include <gtest/gtest.h>

namespace watertight::lint {

TEST(LintNames, OfADocumentTheLikeliestFieldNamesTheTenantWhereverItStands)
{
    EXPECT_EQ(tenant_field_of({"_id", "customerId", "orgId"}), "orgId");
    EXPECT_EQ(tenant_field_of({"_id", "meta.title", "meta.org"}), "meta.org");
    EXPECT_EQ(tenant_field_of({"_id", "title", "orgs.title"}), "");
}

} // namespace watertight::lint
