#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/traffic/coarse_histogram.hpp"
#include "harness/traffic/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace watertight::traffic {

using std::chrono::microseconds;

static double relative_error(std::uint64_t exact, std::uint64_t shown)
{
    auto const off = static_cast<double>(shown) - static_cast<double>(exact);
    return std::abs(off) / static_cast<double>(exact);
}

static histogram log_uniform(std::uint64_t seed, int n)
{
    histogram h;
    rng random{seed};
    for (int i = 0; i < n; ++i) {
        h.record(microseconds{static_cast<std::int64_t>(std::exp(random.unit() * std::log(3.6e9)))}
        );
    }
    return h;
}

// How: values only grow, so the histogram's maximum is each time the one just recorded.
TEST(Histogram, ErrorStaysWithinAThousandthFromAMicrosecondToAnHour)
{
    histogram h;
    for (double us = 1; us <= 3.6e9; us = std::ceil(us * 1.0003)) {
        auto const exact = static_cast<std::uint64_t>(us);
        h.record(microseconds{exact});
        ASSERT_LE(relative_error(exact, static_cast<std::uint64_t>(h.max().count())), 0.001) << us;
    }
}

TEST(Histogram, PercentilesAreAsExactAsTheBuckets)
{
    for (double us = 1; us <= 3.6e9; us = std::ceil(us * 1.1)) {
        auto const exact = static_cast<std::uint64_t>(us);
        histogram h;
        h.record(microseconds{exact});
        for (auto const shown : {h.min(), h.max(), h.at(50)}) {
            ASSERT_LE(relative_error(exact, static_cast<std::uint64_t>(shown.count())), 0.001)
                << us;
        }
    }
}

TEST(Histogram, KeepsToItsBounds)
{
    histogram h;
    h.record(std::chrono::nanoseconds{-5});
    h.record(std::chrono::hours{30});

    EXPECT_EQ(h.count(), 2);
    EXPECT_EQ(h.min(), microseconds{1});
    EXPECT_LE(relative_error(3'600'000'000, static_cast<std::uint64_t>(h.max().count())), 0.001);
}

TEST(Histogram, EmptyOneIsAllZero)
{
    histogram const h;

    EXPECT_EQ(h.count(), 0);
    EXPECT_EQ(h.at(99.9), microseconds{0});
    EXPECT_EQ(h.min(), microseconds{0});
    EXPECT_EQ(h.max(), microseconds{0});
    EXPECT_EQ(h.mean_us(), 0);
    EXPECT_TRUE(h.cumulative().empty());
    EXPECT_EQ(histogram::decode(h.encode())->count(), 0);
}

TEST(Histogram, PercentilesOfATable)
{
    histogram h;
    for (int us = 1; us <= 1000; ++us) h.record(microseconds{us});

    EXPECT_EQ(h.at(0), microseconds{1});
    EXPECT_EQ(h.at(0.1), microseconds{1});
    EXPECT_EQ(h.at(50), microseconds{500});
    EXPECT_EQ(h.at(95), microseconds{950});
    EXPECT_EQ(h.at(99), microseconds{990});
    EXPECT_EQ(h.at(99.9), microseconds{999});
    EXPECT_EQ(h.at(99.95), microseconds{1000});
    EXPECT_EQ(h.at(100), microseconds{1000});
    EXPECT_DOUBLE_EQ(h.mean_us(), 500.5);
}

TEST(Histogram, PercentileIsTheHighestValueOfItsBucket)
{
    histogram h;
    h.record(microseconds{10'000});

    EXPECT_EQ(h.at(50), microseconds{10'007});
    EXPECT_EQ(h.at(0), microseconds{10'000});
}

TEST(Histogram, MergedOnesEqualOneThatRecordedAll)
{
    histogram all;
    std::vector<histogram> parts(3);
    rng random{7};
    for (int i = 0; i < 30'000; ++i) {
        auto const d = microseconds{random.below(5'000'000)};
        all.record(d);
        parts[random.below(3)].record(d);
    }

    auto left = parts[0];
    left.merge(parts[1]);
    left.merge(parts[2]);
    auto tail = parts[2];
    tail.merge(parts[1]);
    auto right = parts[0];
    right.merge(tail);

    EXPECT_EQ(left.encode(), all.encode());
    EXPECT_EQ(right.encode(), all.encode());
}

TEST(Histogram, ComesBackFromItsEncodingUnchanged)
{
    auto const h = log_uniform(3, 20'000);

    auto const back = histogram::decode(h.encode());

    ASSERT_TRUE(back);
    EXPECT_EQ(back->cumulative(), h.cumulative());
    EXPECT_EQ(back->min(), h.min());
    EXPECT_EQ(back->max(), h.max());
    EXPECT_EQ(back->encode(), h.encode());
}

TEST(Histogram, LargeCountsSurviveTheEncoding)
{
    histogram h;
    h.record(microseconds{3}, 1ULL << 55);
    h.record(microseconds{4'000'000}, 127);

    auto const back = histogram::decode(h.encode());

    ASSERT_TRUE(back);
    EXPECT_EQ(back->count(), (1ULL << 55) + 127);
    EXPECT_EQ(back->cumulative(), h.cumulative());
}

TEST(Histogram, CompactedOneSaysTheSameAndGoesOn)
{
    auto const h = log_uniform(5, 1000);
    auto small = h;
    small.compact();

    EXPECT_EQ(small.cumulative(), h.cumulative());
    EXPECT_EQ(small.encode(), h.encode());
    EXPECT_EQ(small.at(99), h.at(99));

    auto more = h;
    more.record(microseconds{77});
    small.record(microseconds{77});
    EXPECT_EQ(small.encode(), more.encode());
}

TEST(Histogram, CompactedOneTakesRoomForItsBucketsAlone)
{
    histogram h;
    EXPECT_EQ(h.bytes(), 0);
    h.record(microseconds{7});
    h.record(microseconds{70'000});
    EXPECT_GT(h.bytes(), 180'000);

    h.compact();

    EXPECT_EQ(h.bytes(), 32);
}

TEST(Histogram, AppendedOneIsTheSameAsARecordedOne)
{
    histogram recorded;
    histogram appended;
    for (int us = 1; us <= 5000; ++us) {
        recorded.record(microseconds{us}, 3);
        appended.append(microseconds{us}, 3);
    }

    EXPECT_LT(appended.bytes(), recorded.bytes());
    EXPECT_EQ(appended.encode(), recorded.encode());
    appended.record(microseconds{2});
    recorded.record(microseconds{2});
    EXPECT_EQ(appended.encode(), recorded.encode());
}

TEST(Histogram, MergesWithACompactedOne)
{
    auto a = log_uniform(1, 500);
    auto b = log_uniform(2, 500);
    auto expected = a;
    expected.merge(b);

    b.compact();
    a.merge(b);

    EXPECT_EQ(a.encode(), expected.encode());
}

TEST(Histogram, DamagedEncodingsAreMalformed)
{
    auto const good = log_uniform(9, 100).encode();
    auto bytes = *base64_decode(good);
    auto const damaged = [&](std::size_t at) {
        auto copy = bytes;
        copy[at] = static_cast<char>(copy[at] ^ 0x55);
        return histogram::decode(base64(copy));
    };

    EXPECT_FALSE(histogram::decode(""));
    EXPECT_FALSE(histogram::decode("no base64!"));
    EXPECT_FALSE(histogram::decode(base64(bytes.substr(0, bytes.size() - 3))));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        EXPECT_FALSE(damaged(at)) << "byte " << at;
    }
}

TEST(CoarseHistogram, IsOffByAtMostAFewPercent)
{
    for (double us = 1; us <= 3.6e9; us = std::ceil(us * 1.01)) {
        coarse_histogram h;
        h.record(microseconds{static_cast<std::int64_t>(us)});
        ASSERT_LE(relative_error(static_cast<std::uint64_t>(us), h.at_us(50)), 0.017) << us;
    }
}

TEST(CoarseHistogram, KeepsItsCountInAFineOne)
{
    coarse_histogram h;
    for (int us = 1; us <= 5000; ++us) h.record(microseconds{us});

    auto const fine = h.to_fine();

    EXPECT_EQ(fine.count(), 5000);
    EXPECT_LE(relative_error(2500, static_cast<std::uint64_t>(fine.at(50).count())), 0.02);
}

} // namespace watertight::traffic
