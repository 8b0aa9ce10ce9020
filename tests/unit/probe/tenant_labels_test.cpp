#include "harness/probe/tenant_labels.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

using texts = std::set<std::string>;

TEST(TenantLabels, AreWhatMembersThatAreCalledAfterATenantHold)
{
    EXPECT_EQ(tenant_labels_in(R"({"tenantId": "t7", "title": "x"})"), texts{"t7"});
    EXPECT_EQ(tenant_labels_in(R"([{"meta": {"org": {"_id": 7, "name": "x"}}}])"), texts{"7"});
    EXPECT_EQ(tenant_labels_in("170-0\nworkspace_id\nw7\ntitle\nx\n"), texts{"w7"});
    EXPECT_EQ(tenant_labels_in("170-0\npayload\n{\"tenant\": \"t7\"}\n"), texts{"t7"});
    EXPECT_EQ(tenant_labels_in(R"({"title": "t7"})"), texts{});
    EXPECT_EQ(tenant_labels_in("{tenant"), texts{});
    EXPECT_EQ(tenant_labels_in(R"({"org": {"_id": {"$oid": "7f"}}})"), texts{"7f"});
}

} // namespace watertight::probe
