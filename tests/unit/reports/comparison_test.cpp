#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace watertight;

static verdict::run_comparison changed()
{
    auto before = sample_result();
    auto after = sample_result();
    before.findings.erase(before.findings.begin());
    before.criteria[0].status = verdict::criterion_status::met;
    before.metrics["latency.p95"] = 9'000;
    after.findings[0].title = "A title as long as they come, with more words than one line holds";
    return verdict::compare({&before, 1}, {&after, 1}, 0.05);
}

TEST(ComparisonText, KeepsToItsWidth)
{
    for (std::size_t const width : {60U, 100U}) {
        auto const text = reports::comparison_text(changed(), {.width = width}, true);
        for (auto const line : split(text, '\n')) {
            EXPECT_LE(reports::columns(line), width) << line;
        }
        EXPECT_TRUE(text.starts_with("WORSE: 2 regressions\n")) << text;
        EXPECT_NE(text.find("New findings (1)"), std::string::npos);
    }
}

TEST(ComparisonText, ShowsNoControlCharacter)
{
    for (auto const& hostile : hostile_texts()) {
        auto const a = sample_result();
        auto const b = hostile_result(hostile);
        auto const c = verdict::compare({&a, 1}, {&b, 1}, 0.05);
        auto const text = reports::comparison_text(c, {.width = 60}, true);
        EXPECT_EQ(reports::visible(text), text);
        EXPECT_TRUE(nlohmann::json::accept(reports::comparison_json(c)));
    }
}

TEST(ComparisonJson, NamesRegressionsAndFindings)
{
    auto const out = nlohmann::json::parse(reports::comparison_json(changed()));
    EXPECT_EQ(out["worse"], true);
    EXPECT_EQ(out["regressions"].size(), 2U);
    EXPECT_EQ(out["findings"]["new"][0]["probe"], "api.object_read");
    EXPECT_EQ(out["findings"]["gone"].size(), 0U);
    EXPECT_EQ(out["criteria"][0]["before"], "met");
    EXPECT_EQ(out["criteria"][0]["after"], "not_met");
    for (auto const& m : out["metrics"]) {
        if (m["name"] != "latency.p95") continue;
        EXPECT_EQ(m["interval"], nullptr);
        EXPECT_EQ(m["change"], "open");
    }
}
