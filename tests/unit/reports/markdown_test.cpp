#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using reports::markdown;

TEST(MarkdownReport, StaysBelowTheLimitWithWholeBlocks)
{
    auto r = sample_result();
    auto const one = r.findings[0];
    for (int i = 0; i < 4'000; ++i) r.findings.push_back(one);
    auto const text = markdown(r);
    EXPECT_LT(text.size(), 1U << 20);
    EXPECT_GT(text.size(), 800'000U);
    EXPECT_NE(text.find("parts were left out here"), std::string::npos);
    std::size_t opened = 0, closed = 0;
    for (auto const line : split(text, '\n')) {
        opened += line.starts_with("<details>") ? 1U : 0U;
        closed += line == "</details>" ? 1U : 0U;
    }
    EXPECT_EQ(opened, closed);
}

TEST(MarkdownReport, CutsASingleHugeText)
{
    auto r = sample_result();
    r.findings[0].reproduction = std::string(3'000'000, 'x');
    r.findings[0].detail = std::string(3'000'000, 'y');
    auto const text = markdown(r);
    EXPECT_LT(text.size(), 100'000U);
    EXPECT_NE(text.find("[cut]"), std::string::npos);
}

// Outside code there is no markup but the page's own.
TEST(MarkdownReport, LetsNoTextOfTheRunBecomeMarkup)
{
    for (auto const& hostile : hostile_texts()) {
        std::string fence;
        auto const text = markdown(hostile_result(hostile));
        for (auto const line : split(text, '\n')) {
            if (!fence.empty()) {
                if (line == fence) fence.clear();
                continue;
            }
            if (line.starts_with("```")) {
                fence = line.substr(0, line.find_first_not_of('`'));
                continue;
            }
            for (auto const* const bad :
                 {"<script", "<img", "<svg", "](", "http://", "https://", "www.", "@everyone"})
            {
                EXPECT_EQ(line.find(bad), line.npos) << line;
            }
            EXPECT_TRUE(!line.starts_with('|') || line.ends_with('|')) << line;
        }
        EXPECT_TRUE(fence.empty()) << "a fence stays open: " << hostile;
    }
}

TEST(MarkdownReport, FencesCodeThatHoldsFences)
{
    auto r = sample_result();
    r.findings[0].reproduction = "echo '```' '`````'";
    EXPECT_NE(markdown(r).find("\n``````sh\necho '```' '`````'\n``````\n"), std::string::npos);
}
