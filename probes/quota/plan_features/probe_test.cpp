#include "probes/quota/plan_features/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::quota::plan_features {

using namespace testing;

static trial feature(char const* plan, bool allowed, int status)
{
    trial t;
    t.what = "feature analytics";
    t.plan = plan;
    t.tenant = allowed ? alice : bob;
    t.refused = {{403, 403}};
    t.allowed = allowed;
    t.answer = answer(t.tenant, status);
    return t;
}

static trial limit(std::int64_t expected, char const* body)
{
    trial t;
    t.what = "limit session";
    t.plan = "basic";
    t.tenant = alice;
    t.at = "/expiresIn";
    t.number = expected;
    t.answer = answer(alice, 200, {}, body);
    return t;
}

TEST(QuotaPlanFeatures, PassesBothSides)
{
    auto const c = judge({feature("pro", true, 200), feature("free", false, 403)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(QuotaPlanFeatures, CatchesAFeatureThatThePlanDoesNotHave)
{
    auto const c = judge({feature("pro", true, 200), feature("free", false, 200)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
}

TEST(QuotaPlanFeatures, CatchesAFeatureThatIsPaidForAndRefused)
{
    auto const c = judge({feature("pro", true, 200), feature("max", true, 403)});
    EXPECT_EQ(c.violations.size(), 1U);
}

TEST(QuotaPlanFeatures, CatchesAnotherPlansNumber)
{
    EXPECT_EQ(judge({limit(3600, R"({"expiresIn":7200})")}).violations.size(), 1U);
    EXPECT_TRUE(judge({limit(3600, R"({"expiresIn":3600})")}).violations.empty());
}

TEST(QuotaPlanFeatures, ARefusalOfWhatNobodyGetsIsNotAPass)
{
    auto const c = judge({feature("pro", true, 404), feature("free", false, 403)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 0U);
    EXPECT_FALSE(c.undecided.empty());
}

TEST(QuotaPlanFeatures, AFailureIsNotAPass)
{
    auto const c = judge({feature("pro", true, 500)});
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(QuotaPlanFeatures, AnAnswerWithoutTheNumberIsNotAPass)
{
    EXPECT_EQ(judge({limit(3600, "{}")}).undecided.size(), 1U);
}

} // namespace watertight::probes::quota::plan_features
