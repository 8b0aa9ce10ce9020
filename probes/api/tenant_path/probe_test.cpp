#include "probes/api/tenant_path/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::tenant_path {

using namespace testing;

// Bob's usage, asked for by Bob twice and by Alice; Alice's own usage differs.
static trial usage(probe::exchange hostile)
{
    trial t;
    t.victims = answer(bob, 200, {}, R"({"users":7,"at":"10:00"})");
    t.victims_again = answer(bob, 200, {}, R"({"users":7,"at":"10:01"})");
    t.own = answer(alice, 200, {}, R"({"users":3,"at":"10:00"})");
    t.hostile = std::move(hostile);
    return t;
}

TEST(ApiTenantPath, CatchesTheVictimsNumbersWithoutAnyCanary)
{
    auto const c = judge({usage(answer(alice, 200, {}, R"({"users":7,"at":"10:02"})"))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiTenantPath, CatchesTheVictimsCanary)
{
    EXPECT_EQ(judge({usage(answer(alice, 200, {bob}))}).violations.size(), 1U);
}

TEST(ApiTenantPath, PassesARefusal)
{
    auto const c = judge({usage(answer(alice, 404, {}, R"({"error":"not found"})"))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

// The path's tenant is ignored and the intruder's own served: odd, but nobody's data.
TEST(ApiTenantPath, PassesTheIntrudersOwnView)
{
    auto const c = judge({usage(answer(alice, 200, {}, R"({"users":3,"at":"10:03"})"))});
    EXPECT_TRUE(c.violations.empty());
}

TEST(ApiTenantPath, AnAnswerThatIsTheSameForEverybodyIsNotAPass)
{
    auto t = usage(answer(alice, 200, {}, R"({"status":"ok"})"));
    t.victims.body = t.victims_again.body = t.own.body = R"({"status":"ok"})";
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::tenant_path
