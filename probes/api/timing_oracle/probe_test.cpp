#include "probes/api/timing_oracle/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::timing_oracle {

using namespace testing;

// Latencies with a long tail and bursts, and what an existing object adds to them.
static std::vector<pair_of_times> times(std::uint64_t seed, double extra_ms)
{
    rng random{seed};
    std::vector<pair_of_times> out;
    for (int i = 0; i < 32; ++i) {
        auto const burst = i % 8 == 0 ? 5.0 : 0.0;
        auto const one = 1.0 + burst + 0.3 * random.exponential();
        auto const other = 1.0 + burst + 0.3 * random.exponential();
        out.push_back({one + extra_ms, other});
    }
    return out;
}

static trial trial_of(double first_ms, double second_ms)
{
    trial t;
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.existing = t.absent = answer(alice, 404);
    t.first = times(1, first_ms);
    t.second = times(2, second_ms);
    return t;
}

TEST(ApiTimingOracle, CatchesADifferenceThatStays)
{
    auto const c = judge({trial_of(2, 2)}, 10);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiTimingOracle, CatchesWhatIsFasterToo)
{
    EXPECT_EQ(judge({trial_of(-0.9, -0.9)}, 10).violations.size(), 1U);
}

TEST(ApiTimingOracle, PassesWithoutADifference)
{
    auto const c = judge({trial_of(0, 0)}, 10);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiTimingOracle, PassesADifferenceThatIsGoneForOtherObjects)
{
    EXPECT_TRUE(judge({trial_of(2, 0)}, 10).violations.empty());
}

TEST(ApiTimingOracle, PassesADifferenceThatTurnsRound)
{
    EXPECT_TRUE(judge({trial_of(2, -2)}, 10).violations.empty());
}

// Certain, but no more than what an index page more or less costs.
TEST(ApiTimingOracle, PassesASmallDifferenceHoweverCertain)
{
    auto t = trial_of(0, 0);
    for (auto* const round : {&t.first, &t.second}) {
        for (auto& one : *round) one.existing_ms = one.absent_ms + 0.1;
    }
    EXPECT_LT(read(t.first).p, 1e-6);
    EXPECT_TRUE(judge({t}, 10).violations.empty());
}

TEST(ApiTimingOracle, PassesALargeDifferenceThatMayBeChance)
{
    auto t = trial_of(0, 0);
    t.first = t.second = {{9, 1}, {8, 1}, {1, 7}};
    EXPECT_TRUE(judge({t}, 1).violations.empty());
}

TEST(ApiTimingOracle, AThrottledTargetIsNotAPass)
{
    auto t = trial_of(2, 2);
    t.unusable = "a request failed: 429";
    auto const c = judge({t}, 10);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiTimingOracle, ADeadObjectIsNotAPass)
{
    auto t = trial_of(2, 2);
    t.control = answer(bob, 404);
    EXPECT_EQ(judge({t}, 10).undecided.size(), 1U);
}

} // namespace watertight::probes::api::timing_oracle
