#include "harness/base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

namespace watertight {

TEST(Rng, SameSeedAndStreamGiveTheSameNumbers)
{
    rng a{42, 7};
    rng b{42, 7};
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(a(), b());
}

// Pinned, so that a change of the generator, which would break old seeds, is seen.
TEST(Rng, NumbersOfASeedNeverChange)
{
    rng a{1};
    std::array<std::uint64_t, 3> const got{a(), a(), a()};
    std::array<std::uint64_t, 3> const expected{
        0xd994de7c8a4522b4U, 0x2bdf7485d493715cU, 0x319a4c1b67eaa2faU};
    EXPECT_EQ(got, expected);
}

TEST(Rng, SeedsAndStreamsDiffer)
{
    std::set<std::uint64_t> firsts;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        for (std::uint64_t stream = 0; stream < 30; ++stream) firsts.insert(rng{seed, stream}());
    }
    EXPECT_EQ(firsts.size(), 900U);
}

TEST(Rng, BelowReachesEveryValueEvenly)
{
    rng random{3};
    std::array<int, 10> counts{};
    for (int i = 0; i < 100'000; ++i) ++counts[random.below(10)];
    for (auto const count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Rng, BelowOneIsZeroAndHugeBoundsHold)
{
    rng random{3};
    auto const bound = (std::uint64_t{1} << 63) + 1;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(random.below(1), 0U);
        EXPECT_LT(random.below(bound), bound);
    }
}

TEST(Rng, UnitAndExponentialHaveTheirMeans)
{
    rng random{5};
    double units = 0;
    double waits = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto const u = random.unit();
        ASSERT_GE(u, 0);
        ASSERT_LT(u, 1);
        auto const w = random.exponential();
        ASSERT_GE(w, 0);
        ASSERT_TRUE(std::isfinite(w));
        units += u;
        waits += w;
    }
    EXPECT_NEAR(units / 100'000, 0.5, 0.01);
    EXPECT_NEAR(waits / 100'000, 1.0, 0.02);
}

TEST(Mix, DependsOnBothNumbersAndTheirOrder)
{
    EXPECT_EQ(mix(1, 2), mix(1, 2));
    EXPECT_NE(mix(1, 2), mix(2, 1));
    EXPECT_NE(mix(0, 0), mix(0, 1));
    EXPECT_NE(mix(0, 0), mix(1, 0));
}

} // namespace watertight
