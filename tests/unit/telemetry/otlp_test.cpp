#include "harness/telemetry/otlp.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace watertight;
using namespace watertight::telemetry;

// As its receivers read it: 64-bit numbers are strings, an enumeration is its number.
TEST(Otlp, WritesSumsAndHistogramsFromTheirBeginning)
{
    family requests{"watertight.requests", family_kind::counter, "{request}", "Requests."};
    requests.points.push_back({{{"result", "ok"}}, 7});
    family durations{"watertight.request.duration", family_kind::histogram, "s", "Durations."};
    durations.points.push_back({.spread = {{0.1, 1}, {2, 0, 1}, 5.5}});
    family const idle{"watertight.probes", family_kind::counter, "{probe}", "Probes."};
    wall::time_point const begun{std::chrono::seconds{1'700'000'000}};
    auto const text = otlp_request(
        {requests, durations, idle}, {{"scenario", "shop"}}, begun, begun + std::chrono::seconds{5}
    );
    auto const one = nlohmann::json::parse(text)["resourceMetrics"][0];
    EXPECT_EQ(one["resource"]["attributes"][0]["value"]["stringValue"], "shop");
    EXPECT_EQ(one["resource"]["attributes"][1]["key"], "service.name");
    auto const metrics = one["scopeMetrics"][0]["metrics"];
    ASSERT_EQ(metrics.size(), 2U);
    auto const& sum = metrics[0]["sum"];
    EXPECT_EQ(sum["isMonotonic"], true);
    EXPECT_EQ(sum["aggregationTemporality"], 2);
    EXPECT_EQ(sum["dataPoints"][0]["asDouble"], 7.0);
    EXPECT_EQ(sum["dataPoints"][0]["startTimeUnixNano"], "1700000000000000000");
    EXPECT_EQ(sum["dataPoints"][0]["timeUnixNano"], "1700000005000000000");
    auto const& spread = metrics[1]["histogram"]["dataPoints"][0];
    EXPECT_EQ(spread["count"], "3");
    EXPECT_EQ(spread["bucketCounts"], (std::vector<std::string>{"2", "0", "1"}));
    EXPECT_EQ(spread["explicitBounds"], (std::vector<double>{0.1, 1}));
}

TEST(Otlp, KeepsHostileTextInItsPlace)
{
    family phase{"watertight.phase.done", family_kind::gauge, "{unit}", "Done."};
    phase.points.push_back({{{"phase", "\"}],\xff\n"}}, 1});
    auto const text = otlp_request({phase}, {}, {}, {});
    EXPECT_FALSE(nlohmann::json::parse(text, nullptr, false).is_discarded());
}
