#include "harness/telemetry/exposition.hpp"

#include <gtest/gtest.h>

using namespace watertight::telemetry;

static std::vector<family> sample_families()
{
    family requests{"watertight.requests", family_kind::counter, "{request}", "Requests."};
    requests.points.push_back({{{"result", "a\"b\\c\nd"}}, 7});
    family durations{"watertight.request.duration", family_kind::histogram, "s", "Durations."};
    durations.points.push_back({.spread = {{0.1, 1}, {2, 0, 1}, 5.5}});
    return {requests, durations};
}

TEST(Exposition, SpeaksPrometheusOwnFormat)
{
    EXPECT_EQ(
        exposition(sample_families(), {{"scenario", "shop"}}, dialect::prometheus),
        "# HELP watertight_run_info The run that these samples are of.\n"
        "# TYPE watertight_run_info gauge\n"
        "watertight_run_info{scenario=\"shop\"} 1\n"
        "# HELP watertight_requests_total Requests.\n"
        "# TYPE watertight_requests_total counter\n"
        "watertight_requests_total{result=\"a\\\"b\\\\c\\nd\"} 7\n"
        "# HELP watertight_request_duration_seconds Durations.\n"
        "# TYPE watertight_request_duration_seconds histogram\n"
        "watertight_request_duration_seconds_bucket{le=\"0.1\"} 2\n"
        "watertight_request_duration_seconds_bucket{le=\"1\"} 2\n"
        "watertight_request_duration_seconds_bucket{le=\"+Inf\"} 3\n"
        "watertight_request_duration_seconds_sum 5.5\n"
        "watertight_request_duration_seconds_count 3\n"
    );
}

TEST(Exposition, SpeaksOpenMetricsWhereItIsAskedFor)
{
    EXPECT_EQ(dialect_for("text/plain"), dialect::prometheus);
    EXPECT_EQ(dialect_for(""), dialect::prometheus);
    auto const asked = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3";
    EXPECT_EQ(dialect_for(asked), dialect::openmetrics);
    auto const text = exposition(sample_families(), {}, dialect::openmetrics);
    EXPECT_NE(text.find("# TYPE watertight_run info\n"), text.npos);
    EXPECT_NE(text.find("# TYPE watertight_requests counter\n"), text.npos);
    EXPECT_NE(text.find("watertight_requests_total{"), text.npos);
    EXPECT_TRUE(text.ends_with("# EOF\n"));
}
