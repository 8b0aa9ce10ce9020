#include "harness/lint/mongo.hpp"
#include "harness/lint/redis.hpp"

#include <gtest/gtest.h>

namespace watertight::lint {

TEST(LintNames, OfAKeyTheTenantStandsBehindAWordForIt)
{
    EXPECT_EQ(with_tenant_starred("tenant:acme:cart"), "tenant:*:cart");
    EXPECT_EQ(with_tenant_starred("{tenant:acme}:cart"), "{tenant:*}:cart");
    EXPECT_EQ(with_tenant_starred("org/acme/cart"), "org/*/cart");
    EXPECT_EQ(with_tenant_starred("cart:{acme}"), "cart:{acme}");
    EXPECT_TRUE(names_tenant_by_convention("{org:*}:cart"));
    EXPECT_TRUE(names_tenant_by_convention("app:tenant:{*}:cart"));
    EXPECT_FALSE(names_tenant_by_convention("cart:tenant"));
    EXPECT_FALSE(names_tenant_by_convention("cart:{*}"));
}

TEST(LintNames, OfADocumentTheLikeliestFieldNamesTheTenantWhereverItStands)
{
    EXPECT_EQ(tenant_field_of({"_id", "customerId", "orgId"}), "orgId");
    EXPECT_EQ(tenant_field_of({"_id", "meta.title", "meta.org"}), "meta.org");
    EXPECT_EQ(tenant_field_of({"_id", "title", "orgs.title"}), "");
}

} // namespace watertight::lint
