#include "harness/base/tenant_words.hpp"

#include <gtest/gtest.h>

namespace watertight {

TEST(TenantWords, KnowsTheWordInAnySpelling)
{
    for (auto const* const name : {"tenant_id", "TenantId", "tenant", "id_tenant", "TENANT_UUID"})
        EXPECT_EQ(tenant_word(name), "tenant") << name;
    EXPECT_EQ(tenant_word("workspaceId"), "workspace");
    EXPECT_EQ(tenant_word("azure_tenant_region"), std::nullopt);
    EXPECT_EQ(tenant_word("id"), std::nullopt);
}

TEST(TenantWords, TakeTheSurestColumnForTheTenantsKey)
{
    EXPECT_EQ(usual_tenant_column({"id", "account_id", "TenantGUID"}), "TenantGUID");
    EXPECT_EQ(usual_tenant_column({"id", "OrganizationUuid", "team_id"}), "OrganizationUuid");
    EXPECT_EQ(usual_tenant_column({"tenant", "name"}), "tenant");
    EXPECT_EQ(usual_tenant_column({"org", "account", "client_id", "customer_name"}), "");
}

} // namespace watertight
