#include "reports/reports.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace watertight;
using nlohmann::json;

static json run_of(verdict::run_result const& r)
{
    return json::parse(reports::sarif(r))["runs"][0];
}

// One result without a file and a line, and the platform rejects all of them.
TEST(SarifReport, AnchorsEachResultToALineOfTheScenario)
{
    for (auto const& text : hostile_texts()) {
        auto const run = run_of(hostile_result(text));
        for (auto const& result : run["results"]) {
            auto const& place = result["locations"][0]["physicalLocation"];
            EXPECT_FALSE(place["artifactLocation"]["uri"].get<std::string>().empty());
            EXPECT_GE(place["region"]["startLine"].get<int>(), 1);
        }
    }
    auto const results = run_of(sample_result())["results"];
    ASSERT_EQ(results.size(), 4U);
    auto const line = [&](std::size_t i) {
        return results[i]["locations"][0]["physicalLocation"]["region"]["startLine"].get<int>();
    };
    EXPECT_EQ(line(0), 123);
    EXPECT_EQ(line(1), 250);
    EXPECT_EQ(line(2), 88);
}

TEST(SarifReport, KeepsItsFingerprintsFromRunToRun)
{
    auto later = sample_result();
    later.run_id = "another";
    later.seed = 7;
    later.started_at = "2027-01-01T00:00:00.000Z";
    auto& f = later.findings[0];
    f.victim = "umbrella";
    f.token = "zq7kother";
    f.detail = "Another tenant this time.";
    f.count = 3;
    f.exchanges.clear();
    later.criteria[0].measured = "findings.confidentiality = 3";
    later.places.clear();
    auto const a = run_of(sample_result())["results"];
    auto const b = run_of(later)["results"];
    ASSERT_EQ(a.size(), b.size());
    std::set<std::string> prints;
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i]["partialFingerprints"], b[i]["partialFingerprints"]);
        EXPECT_TRUE(prints.insert(a[i]["partialFingerprints"].dump()).second);
    }
}

TEST(SarifReport, RatesRulesAndNamesTheirWeakness)
{
    auto const run = run_of(sample_result());
    for (auto const& result : run["results"]) {
        auto const& rule = run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()];
        EXPECT_EQ(rule["id"], result["ruleId"]);
    }
    auto const index = run["results"][0]["ruleIndex"].get<std::size_t>();
    auto const& rule = run["tool"]["driver"]["rules"][index];
    EXPECT_EQ(rule["id"], "api.object_read");
    EXPECT_EQ(rule["properties"]["security-severity"], "9.5");
    auto const tags = rule["properties"]["tags"].get<std::vector<std::string>>();
    EXPECT_NE(std::ranges::find(tags, "external/cwe/cwe-639"), tags.end());
    EXPECT_NE(std::ranges::find(tags, "security"), tags.end());
}

TEST(SarifReport, ShowsTheExchangeAndSuppressesWhatIsWaived)
{
    auto const results = run_of(sample_result())["results"];
    EXPECT_EQ(results[0]["webRequest"]["method"], "GET");
    EXPECT_EQ(results[0]["webRequest"]["headers"]["X-Tenant-ID"], "globex");
    EXPECT_EQ(results[0]["webResponse"]["statusCode"], 200);
    EXPECT_FALSE(results[0].contains("suppressions"));
    EXPECT_EQ(results[1]["suppressions"][0]["status"], "accepted");
    EXPECT_FALSE(results[1].contains("webRequest"));
}

TEST(SarifReport, HasNoPlaceholderAndNoLinkInItsMessages)
{
    for (auto const& text : hostile_texts()) {
        auto const run = run_of(hostile_result(text));
        for (auto const& result : run["results"]) {
            auto const message = result["message"]["text"].get<std::string>();
            EXPECT_EQ(message.find_first_of("{}"), std::string::npos) << message;
            EXPECT_EQ(message.find("]("), std::string::npos) << message;
        }
    }
}

TEST(SarifReport, TellsWhatCouldNotBeDecided)
{
    auto const invocation = run_of(sample_result())["invocations"][0];
    EXPECT_EQ(invocation["exitCode"], 1);
    ASSERT_EQ(invocation["toolExecutionNotifications"].size(), 1U);
    EXPECT_EQ(
        invocation["toolExecutionNotifications"][0]["associatedRule"]["id"], "cache.key_prefix"
    );
}
