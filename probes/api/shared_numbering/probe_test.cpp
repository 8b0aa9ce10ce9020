#include "probes/api/shared_numbering/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::shared_numbering {

using namespace testing;

static trial numbered(std::vector<std::int64_t> const& values)
{
    trial t{.channel = "POST /things", .victim = bob, .intruder = alice};
    t.between = {0, 0, 3, 0, 1};
    for (auto const value : values) t.numbers.push_back({{"/number", value}});
    t.last = answer(alice, 200);
    return t;
}

TEST(ApiSharedNumbering, CatchesANumberThatCountsTheOthers)
{
    auto const c = judge({numbered({7, 8, 12, 13, 15})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].position, "/number");
}

TEST(ApiSharedNumbering, PassesANumberOfTheTenantsOwn)
{
    EXPECT_TRUE(judge({numbered({7, 8, 9, 10, 11})}).violations.empty());
}

// Milliseconds go on, too, and by what they like.
TEST(ApiSharedNumbering, PassesTheTime)
{
    EXPECT_TRUE(judge({numbered({700, 702, 709, 711, 716})}).violations.empty());
    EXPECT_TRUE(judge({numbered({7, 7, 7, 7, 7})}).violations.empty());
}

TEST(ApiSharedNumbering, AFailingCreationIsNotAPass)
{
    auto t = numbered({});
    t.failure = "it was refused";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::api::shared_numbering
