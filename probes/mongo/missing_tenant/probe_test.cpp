#include "probes/mongo/missing_tenant/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::mongo::missing_tenant {

using namespace testing;

static trial with(std::uint64_t documents, std::uint64_t missing)
{
    trial t;
    t.name = "app.things";
    t.tenant_field = "tenant_id";
    t.documents = documents;
    t.missing = missing;
    t.example_id = "\"7\"";
    return t;
}

TEST(MongoMissingTenant, CatchesDocumentsWithoutTheField)
{
    auto const c = judge({with(12, 2)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].detail, "2 of 12 documents lack tenant_id.");
    EXPECT_FALSE(c.violations[0].victim_name.empty()) << "whose they are is not known";
}

TEST(MongoMissingTenant, NamesTheOwnerOfACanary)
{
    auto t = with(12, 1);
    t.token = canary_of(bob);
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_TRUE(c.violations[0].victim_name.empty());
}

TEST(MongoMissingTenant, PassesCollectionsInWhichAllHaveIt)
{
    auto const c = judge({with(12, 0)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(MongoMissingTenant, AStoreWithoutTheFieldIsNotAPass)
{
    EXPECT_EQ(judge({}).undecided.size(), 1U);
}

} // namespace watertight::probes::mongo::missing_tenant
