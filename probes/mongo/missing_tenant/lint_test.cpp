#include "harness/lint/mongo.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::mongo::missing_tenant {

lint::mongo_unit lint();

static lint::mongo_facts with(std::uint64_t missing)
{
    lint::mongo_facts out;
    out.tenant_field = "tenant_id";
    out.collections.push_back({"app", "things", 100, missing, {}});
    return out;
}

TEST(LintMongoMissingTenant, CatchesDocumentsWithoutTheField)
{
    EXPECT_EQ(lint().judge(with(3)).size(), 1U);
}

TEST(LintMongoMissingTenant, PassesCollectionsOfTenantsAndOfNobody)
{
    EXPECT_TRUE(lint().judge(with(0)).empty());
    EXPECT_TRUE(lint().judge(with(100)).empty());
}

} // namespace watertight::probes::mongo::missing_tenant
