#include "harness/verdict/criteria.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>

using namespace watertight;
using namespace watertight::verdict;

using values = std::map<std::string, double>;

static std::optional<bool> decided(std::string const& text, values const& metrics)
{
    auto const q = requirement::compile(text);
    EXPECT_TRUE(q) << text << ": " << q.error().message;
    return q ? q->evaluate(metrics).met : std::nullopt;
}

struct wrong {
    char const* text;
    char const* column;
    /// A part of the message.
    char const* says;
};

class WrongRequirement : public testing::TestWithParam<wrong> {};

TEST_P(WrongRequirement, IsRefusedWithColumnAndWhatWasExpected)
{
    auto const [text, column, says] = GetParam();

    auto const q = requirement::compile(text);

    ASSERT_FALSE(q) << text;
    EXPECT_EQ(q.error().code, errc::malformed);
    EXPECT_EQ(q.error().detail, column) << text << ": " << q.error().message;
    EXPECT_NE(q.error().message.find(says), std::string::npos) << q.error().message;
    EXPECT_TRUE(q.error().message.starts_with("column ")) << q.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    WrongRequirement,
    testing::Values(
        wrong{"", "1", "expected a metric or a number, found the end"},
        wrong{"latency.p95", "12", "expected a comparison such as <"},
        wrong{"latency.p95 <", "14", "expected a metric or a number, found the end"},
        wrong{"latncy.p95 < 500ms", "1", "did you mean 'latency.p95'"},
        wrong{"findings.confidentialty == 0", "1", "did you mean 'findings.confidentiality'"},
        wrong{"latency.users.read.p59 < 1s", "1", "did you mean 'latency.users.read.p50'"},
        wrong{"baseline.latncy.p95 < 1s", "1", "did you mean 'baseline.latency.p95'"},
        wrong{"baseline.baseline.latency.p95 < 1s", "1", "is no metric"},
        wrong{"findings.* == 0", "1", "'findings.' is no metric"},
        wrong{"latency.p95 < 500", "15", "write 500ms or 500s?"},
        wrong{"latency.p95 < 5%", "15", "a share cannot be compared with a duration"},
        wrong{"availability >= 99.9", "17", "write 99.9%?"},
        wrong{"availability >= 10ms", "17", "a duration cannot be compared with a share"},
        wrong{"findings.total <= 5%", "19", "a share cannot be compared with a count"},
        wrong{"throughput.achieved > 500", "23", "write 500/s?"},
        wrong{"latency.p95 + availability < 1s", "15", "a share cannot be added to a duration"},
        wrong{"latency.p95 * latency.p50 < 1s", "15", "cannot be multiplied"},
        wrong{"latency.p95 = 5ms", "13", "expected '==', found '='"},
        wrong{"latency.p95 < 5ms && availability > 0.9", "19", "expected 'and'"},
        wrong{"1ms < latency.p95 < 5ms", "19", "expected 'and' between comparisons"},
        wrong{"(latency.p95 < 5ms", "19", "expected ')' for the '(' at column 1"},
        wrong{"latency.p95 < 5ms)", "18", "found ')'"},
        wrong{"latency.p95 < 5 ms", "15", "write 5ms or 5s?"},
        wrong{"latency.p95 < 5parsec", "16", "'parsec' is no unit"},
        wrong{"latency.p95 < 5ms and availability", "35", "expected a comparison"},
        wrong{"(latency.p95 < 5ms) + 1 < 2", "1", "a comparison is no value"},
        wrong{"1 < 2", "1", "expected a metric on one side"},
        wrong{"latency.p95 < $x", "15", "'$' means nothing here"},
        wrong{"latency.p95 < 5ms or", "21", "found the end"},
        wrong{"latency.p95-latency.p50 < 5ms", "1", "a minus sign needs spaces"}
    )
);

struct evaluated {
    char const* text;
    bool met;
};

class RightRequirement : public testing::TestWithParam<evaluated> {};

static values const& measured()
{
    static values const all{
        {"latency.p95", 212'000},
        {"latency.p50", 53'000},
        {"latency.users.create.p95", 480'000},
        {"latency.list-users.p95", 1'000},
        {"baseline.latency.p95", 200'000},
        {"availability", 0.9991},
        {"errors.rate", 0.0009},
        {"findings.confidentiality", 0},
        {"findings.api.object_read", 2},
        {"throughput.achieved", 480},
        {"coverage.endpoints_pct", 87.5},
        {"drill.execution.seconds", 95},
        {"probes.passed", 20},
        {"probes.failed", 5},
        {"schedule.lag_max", 500'000},
    };
    return all;
}

TEST_P(RightRequirement, IsDecidedByTheMetrics)
{
    EXPECT_EQ(decided(GetParam().text, measured()), GetParam().met) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    RightRequirement,
    testing::Values(
        evaluated{"latency.p95 < 500ms", true},
        evaluated{"latency.p95 < 0.2s", false},
        evaluated{"latency.p95 <= 212000us", true},
        evaluated{"schedule.lag_max == 500ms", true},
        evaluated{"500ms > latency.p95", true},
        evaluated{"latency.users.create.p95 < 400ms", false},
        evaluated{"latency.list-users.p95 == 1ms", true},
        evaluated{"latency.p95 <= 1.1 * baseline.latency.p95", true},
        evaluated{"latency.p95 <= 105% * baseline.latency.p95", false},
        evaluated{"latency.p95 - baseline.latency.p95 < 20ms", true},
        evaluated{"latency.p95 / latency.p50 == 4", true},
        evaluated{"availability >= 99.91%", true},
        evaluated{"availability >= 0.9992", false},
        evaluated{"errors.rate < 1%", true},
        evaluated{"findings.confidentiality == 0", true},
        evaluated{"findings.api.object_read != 0", true},
        evaluated{"throughput.achieved >= 28800/m", true},
        evaluated{"throughput.achieved * 2s == 960", true},
        evaluated{"coverage.endpoints_pct >= 100", false},
        evaluated{"coverage.endpoints_pct >= 87.5", true},
        evaluated{"coverage.endpoints_pct == 87.5%", true},
        evaluated{"drill.execution.seconds < 30m", true},
        evaluated{"drill.execution.seconds > 1.5m", true},
        evaluated{"probes.failed / probes.passed <= 25%", true},
        evaluated{"probes.passed + probes.failed * 2 == 30", true},
        evaluated{"(probes.passed + probes.failed) * 2 == 50", true},
        evaluated{"availability > 1% and latency.p95 < 1ms", false},
        evaluated{"availability > 1% or latency.p95 < 1ms", true},
        evaluated{"availability < 1% and latency.p95 < 1s or errors.rate < 1%", true},
        evaluated{"availability < 1% and (latency.p95 < 1s or errors.rate < 1%)", false},
        evaluated{"latency.p95 > 0", true}
    )
);

TEST(Requirement, WithoutAValueIsUndecidedAndNamesTheMetric)
{
    auto const answer = requirement::compile("redis.hit_rate >= 70%")->evaluate({});

    EXPECT_FALSE(answer.met.has_value());
    EXPECT_EQ(answer.missing, "redis.hit_rate");
    EXPECT_EQ(answer.measured, "redis.hit_rate has no value");
}

TEST(Requirement, TakesAValueThatIsNoNumberAsMissing)
{
    values const metrics{{"availability", std::numeric_limits<double>::quiet_NaN()}};
    EXPECT_EQ(decided("availability > 0.5", metrics), std::nullopt);
}

TEST(Requirement, DividedByZeroIsUndecided)
{
    values const metrics{{"latency.p95", 5}, {"latency.p50", 0}};
    EXPECT_EQ(decided("latency.p95 / latency.p50 < 3", metrics), std::nullopt);
}

TEST(Requirement, IsDecidedByOneSideWhereTheOtherCannotMatter)
{
    values const metrics{{"availability", 0.5}};
    EXPECT_EQ(decided("availability > 0.9 and latency.p95 < 1s", metrics), false);
    EXPECT_EQ(decided("availability > 0.1 or latency.p95 < 1s", metrics), true);
    EXPECT_EQ(decided("availability > 0.1 and latency.p95 < 1s", metrics), std::nullopt);
    EXPECT_EQ(decided("availability > 0.9 or latency.p95 < 1s", metrics), std::nullopt);
}

TEST(Requirement, ShowsMeasuredLimitAndMargin)
{
    auto const answer = requirement::compile("latency.p95 < 400ms")->evaluate(measured());

    EXPECT_EQ(answer.measured, "latency.p95 = 212 ms");
    EXPECT_EQ(answer.limit, "< 400 ms");
    ASSERT_TRUE(answer.margin);
    EXPECT_DOUBLE_EQ(*answer.margin, 0.47);
}

TEST(Requirement, HasANegativeMarginWhenItIsMissed)
{
    auto const answer = requirement::compile("throughput.achieved >= 500/s")->evaluate(measured());

    EXPECT_EQ(answer.met, false);
    ASSERT_TRUE(answer.margin);
    EXPECT_DOUBLE_EQ(*answer.margin, -0.04);
}

TEST(Requirement, HasNoMarginToZero)
{
    auto const answer = requirement::compile("findings.confidentiality <= 0")->evaluate(measured());
    EXPECT_FALSE(answer.margin.has_value());
}

TEST(Requirement, ShowsTheFormulaOfALimitThatWasReckoned)
{
    auto const answer =
        requirement::compile("latency.p95 <= 1.1 * baseline.latency.p95")->evaluate(measured());
    EXPECT_EQ(answer.limit, "<= 220 ms = 1.1 * baseline.latency.p95");
}

TEST(Requirement, HasTheMarginOfTheComparisonThatDecides)
{
    values const m{{"latency.p95", 600'000}, {"availability", 0.99}, {"findings.total", 1}};
    auto const margin = [&](char const* text) {
        return requirement::compile(text)->evaluate(m).margin;
    };

    EXPECT_DOUBLE_EQ(*margin("latency.p95 < 500ms and availability > 90%"), -0.2);
    EXPECT_NEAR(*margin("latency.p95 < 500ms or availability > 90%"), 0.1, 1e-12);
    EXPECT_NEAR(*margin("latency.p95 < 800ms and availability > 90%"), 0.1, 1e-12);
    EXPECT_EQ(margin("findings.total == 0 and availability > 90%"), std::nullopt);
    EXPECT_NEAR(*margin("findings.total == 1 and availability > 90%"), 0.1, 1e-12);
}

TEST(Requirement, NamesItsMetricsOnce)
{
    auto const q =
        requirement::compile("latency.p95 < 1s and availability > 0.9 or latency.p95 < 2s");
    EXPECT_EQ(q->metrics_named(), (std::vector<std::string>{"latency.p95", "availability"}));
}

TEST(Requirement, RefusesAnOperationThatTheScenarioLacks)
{
    metric_names const names{.operations = {"users.create", "users.read"}};

    EXPECT_TRUE(requirement::compile("latency.users.read.p95 < 1s", names));
    EXPECT_TRUE(requirement::compile("baseline.latency.users.read.p95 < 1s", names));
    auto const slip = requirement::compile("latency.users.raed.p95 < 1s", names);
    ASSERT_FALSE(slip);
    EXPECT_NE(slip.error().message.find("latency.users.read.p95"), std::string::npos);
}

TEST(Requirement, RefusesDeepNestingInsteadOfOverflowing)
{
    auto const deep = std::string(100'000, '(') + "latency.p95";
    EXPECT_FALSE(requirement::compile(deep));
}

TEST(Catalogue, IsSortedAndFindsEachOfItsNames)
{
    auto const& all = metric_catalogue();
    EXPECT_TRUE(std::ranges::is_sorted(all, {}, &metric_spec::name));
    for (auto const& m : all) {
        EXPECT_FALSE(m.meaning.empty()) << m.name;
        if (m.part != metric_part::none) continue;
        EXPECT_EQ(find_metric(m.name), &m) << m.name;
    }
}

TEST(FormattedShare, DoesNotReadAsWholeWhenItIsNot)
{
    EXPECT_EQ(format_value(1, unit::share), "100%");
    EXPECT_EQ(format_value(0.9999999, unit::share), "99.99999%");
    EXPECT_EQ(format_value(0.9995, unit::share), "99.95%");
}

TEST(FormattedValue, HasItsUnit)
{
    EXPECT_EQ(format_value(850, unit::microseconds), "850 us");
    EXPECT_EQ(format_value(212'400, unit::microseconds), "212.4 ms");
    EXPECT_EQ(format_value(90, unit::seconds), "1 min 30 s");
    EXPECT_EQ(format_value(1'234'567, unit::count), "1,234,567");
    EXPECT_EQ(format_value(480, unit::per_second), "480/s");
    EXPECT_EQ(format_value(1536, unit::bytes), "1.5 KiB");
}
