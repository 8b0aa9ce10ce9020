#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using reports::terminal;

TEST(TerminalReport, LooksAsItDidAt60Columns)
{
    expect_golden("terminal_60.txt", terminal(sample_result(), {.width = 60}));
}

TEST(TerminalReport, LooksAsItDidAt100Columns)
{
    expect_golden("terminal_100.txt", terminal(sample_result(), {.width = 100}));
}

TEST(TerminalReport, KeepsToItsWidthExceptInReproductions)
{
    auto const report = terminal(sample_result(), {.width = 60});
    for (auto const line : split(report, '\n')) {
        auto const text = std::string{trim(line)};
        bool const is_command = text.starts_with("curl ") || text.starts_with("psql ");
        EXPECT_TRUE(is_command || reports::columns(line) <= 60) << line;
        EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    }
}

TEST(TerminalReport, KeepsAReproductionOnOneLine)
{
    auto const r = sample_result();
    auto const text = terminal(r, {.width = 40});
    EXPECT_NE(text.find(r.findings[0].reproduction + "\n"), std::string::npos);
}

TEST(TerminalReport, IsColouredOnlyIfAsked)
{
    EXPECT_EQ(terminal(sample_result(), {}).find('\x1b'), std::string::npos);
    EXPECT_NE(
        terminal(sample_result(), {.colour = true}).find("\x1b[1;31mFAILED"), std::string::npos
    );
}

TEST(TerminalReport, LetsNoAnswerOfTheTargetMoveTheCursor)
{
    auto r = sample_result();
    r.findings[0].title = r.findings[0].channel = r.findings[0].reproduction = "\x1b[2J\x07pwned\r";
    r.scenario_name = r.summary = "\x1b]0;title\x07";
    for (char const c : terminal(r, {})) {
        EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    }
}

TEST(TerminalReport, OfAnEmptyResultIsNotAnError)
{
    EXPECT_NE(terminal({}, {}).find("PASSED"), std::string::npos);
}
