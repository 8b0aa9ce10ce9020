#include "harness/traffic/recorder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace watertight::traffic {

static constexpr auto start = steady::time_point{};

static sample took(std::chrono::nanoseconds at, std::chrono::nanoseconds latency)
{
    return {.intended = start + at, .sent = start + at, .finished = start + at + latency};
}

TEST(Classification, NamesEachKindOfFailure)
{
    EXPECT_EQ(classify(failure{errc::unreachable, "", ""}), error_kind::connect);
    EXPECT_EQ(classify(failure{errc::deadline_exceeded, "", ""}), error_kind::timeout);
    EXPECT_EQ(classify(failure{errc::connection_lost, "", ""}), error_kind::reset);
    EXPECT_EQ(classify(failure{errc::malformed, "", ""}), error_kind::malformed);
    EXPECT_EQ(classify(404), error_kind::status_4xx);
    EXPECT_EQ(classify(302), error_kind::redirect);
    EXPECT_EQ(classify(429), error_kind::throttled);
    EXPECT_EQ(classify(503), error_kind::status_5xx);
}

TEST(Classification, EachKindHasItsOwnName)
{
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < error_kinds; ++i)
        names.insert(to_string(static_cast<error_kind>(i)));

    EXPECT_EQ(names.size(), error_kinds);
}

TEST(Recorder, LatencyRunsFromTheIntendedInstantAndServiceTimeFromTheSending)
{
    recorder r{{.operations = 1, .tenants = 1}, start};
    r.record({.intended = start, .sent = start + 100ms, .finished = start + 101ms});

    EXPECT_NEAR(r.operations()[0].latency->mean_us(), 101'000, 100);
    EXPECT_NEAR(r.operations()[0].service_time->mean_us(), 1000, 1);
}

TEST(Recorder, ErrorsAreCountedByKindAndTimeoutsHaveALatency)
{
    recorder r{{.operations = 1, .tenants = 2}, start};
    auto lost = took(0ms, 1ms);
    lost.error = error_kind::reset;
    auto late = took(0ms, 10s);
    late.error = error_kind::timeout;
    late.tenant = tenant_index{1};
    r.record(lost);
    r.record(late);

    auto const& op = r.operations()[0];
    EXPECT_EQ(op.tally.errors[static_cast<std::size_t>(error_kind::reset)], 1);
    EXPECT_EQ(op.tally.errors[static_cast<std::size_t>(error_kind::timeout)], 1);
    EXPECT_EQ(op.tally.failed(), 2);
    EXPECT_EQ(op.latency->count(), 1);
    EXPECT_FALSE(r.tenants()[0].latency);
    EXPECT_EQ(r.tenants()[1].latency->count(), 1);
}

TEST(Recorder, WarmUpIsInTheSecondsAlone)
{
    recorder r{{.operations = 1, .tenants = 1}, start};
    r.warm_up(true);
    r.record(took(100ms, 1ms));
    r.warm_up(false);
    r.record(took(200ms, 1ms));

    auto const seconds = r.take_seconds();
    ASSERT_EQ(seconds.size(), 2);
    EXPECT_TRUE(seconds[0].warm_up);
    EXPECT_FALSE(seconds[1].warm_up);
    EXPECT_EQ(r.operations()[0].tally.ok, 1);
    EXPECT_EQ(r.operations()[0].latency->count(), 1);
}

TEST(Recorder, SecondsAreTakenOnceTheyAreOver)
{
    recorder r{{.operations = 1, .tenants = 1}, start};
    r.record(took(0s, 10ms));
    r.record(took(500ms, 20ms));
    r.record(took(1s, 30ms));

    EXPECT_TRUE(r.take_seconds(start + 900ms).size() == 1);
    auto const rest = r.take_seconds(start + 2s);
    ASSERT_EQ(rest.size(), 1);
    EXPECT_EQ(rest[0].at, 1);
    EXPECT_EQ(rest[0].ok, 1);
    EXPECT_EQ(rest[0].max_us, 30'000);
    EXPECT_TRUE(r.take_seconds().empty());
}

TEST(Recorder, MergedOnesEqualOneThatRecordedAll)
{
    recorder::sizes const sizes{.operations = 2, .tenants = 2};
    recorder all{sizes, start};
    std::array parts{recorder{sizes, start}, recorder{sizes, start}};
    for (int n = 0; n < 100; ++n) {
        auto s = took(std::chrono::milliseconds{n}, std::chrono::microseconds{n * 37});
        s.operation = static_cast<std::size_t>(n % 2);
        s.tenant = tenant_index{static_cast<std::uint32_t>(n / 50)};
        if (n % 7 == 0) s.error = error_kind::status_5xx;
        all.record(s);
        parts[static_cast<std::size_t>(n % 3 == 0)].record(s);
    }

    parts[0].merge(parts[1]);

    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(parts[0].operations()[i].tally.ok, all.operations()[i].tally.ok);
        EXPECT_EQ(parts[0].operations()[i].tally.errors, all.operations()[i].tally.errors);
        EXPECT_EQ(
            parts[0].operations()[i].latency->encode(), all.operations()[i].latency->encode()
        );
        EXPECT_EQ(parts[0].tenants()[i].tally.total(), all.tenants()[i].tally.total());
    }
}

TEST(Recorder, APhaseHasItsOwnTallyEvenIfItIsAWarmUp)
{
    recorder r{{.operations = 1, .tenants = 1}, start};
    r.warm_up(true);
    r.begin_phase();
    r.record(took(0ms, 8ms));
    r.warm_up(false);
    r.begin_phase();
    r.record(took(20ms, 2ms));
    auto late = took(30ms, 3ms);
    late.error = error_kind::status_5xx;
    r.record(late);

    ASSERT_EQ(r.phases().size(), 2U);
    EXPECT_EQ(r.phases()[0].tally.ok, 1U);
    EXPECT_NEAR(r.phases()[0].latency->mean_us(), 8000, 10);
    EXPECT_EQ(r.phases()[1].tally.ok, 1U);
    EXPECT_EQ(r.phases()[1].tally.failed(), 1U);
    EXPECT_EQ(r.phases()[1].latency->count(), 2U);
    EXPECT_EQ(r.operations()[0].tally.total(), 2U);
}

} // namespace watertight::traffic
