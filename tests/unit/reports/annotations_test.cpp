#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>

#include <regex>

using namespace watertight;
using reports::annotations;

static std::vector<std::string> lines_in(std::string const& text)
{
    std::vector<std::string> out;
    for (auto const line : split(text, '\n')) {
        if (!line.empty()) out.emplace_back(line);
    }
    return out;
}

TEST(Annotations, BeginWithTheFinding)
{
    auto const lines = lines_in(annotations(sample_result()));
    EXPECT_TRUE(lines.front().starts_with(
        "::error file=scenarios/mis/scenario.yaml,line=123,title=An object of another tenant can "
        "be "
        "read by its id (critical)::api.object_read, GET /api/v1/users/{id}: "
    )) << lines.front();
}

// A line of the target's own would be a command to the runner.
TEST(Annotations, HoldNoCommandButTheirOwn)
{
    std::regex const form{
        R"(::(error|warning|notice) (file=[^,:\r\n]*,line=\d+,)?title=[^,:\r\n]*::[^\r\n]*)"};
    for (auto const& text : hostile_texts()) {
        auto const lines = lines_in(annotations(hostile_result(text)));
        EXPECT_LE(lines.size(), 10U);
        for (auto const& line : lines) {
            EXPECT_TRUE(std::regex_match(line, form)) << line;
            EXPECT_FALSE(line.starts_with("::error::forged")) << line;
        }
    }
}

TEST(Annotations, EscapeThePercentSignFirst)
{
    auto r = sample_result();
    r.findings[0].detail = "a%0Ab\nc";
    EXPECT_NE(annotations(r).find("a%250Ab%0Ac"), std::string::npos);
}

TEST(Annotations, AreOneAClassAndTenAtMost)
{
    auto r = sample_result();
    r.criteria.clear();
    r.probes.clear();
    auto const one = r.findings[0];
    r.findings.assign(5, one);
    auto lines = lines_in(annotations(r));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("4 more findings of this probe"), std::string::npos);
    for (int i = 0; i < 20; ++i) {
        r.findings.push_back(one);
        r.findings.back().probe += std::to_string(i);
    }
    lines = lines_in(annotations(r));
    ASSERT_EQ(lines.size(), 10U);
    EXPECT_NE(lines.back().find("and 12 more"), std::string::npos) << lines.back();
}

TEST(Annotations, OfAPassedRunAreANotice)
{
    verdict::run_result r;
    r.outcome = verdict::overall::passed;
    r.summary = "3 criteria met";
    EXPECT_EQ(annotations(r), "::notice title=Watertight::3 criteria met\n");
}
