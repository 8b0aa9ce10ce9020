#include "harness/cli/repeat.hpp"

#include <gtest/gtest.h>

namespace watertight::cli {

TEST(Repeat, RunsBeginAtWholeMultiplesAndSkipWhatALongRunMissed)
{
    auto const begun = steady::time_point{} + 5h;

    EXPECT_EQ(next_start(begun, begun + 1min, 10min), begun + 10min);
    EXPECT_EQ(next_start(begun, begun + 10min, 10min), begun + 20min);
    EXPECT_EQ(next_start(begun, begun + 34min, 10min), begun + 40min);
}

TEST(Repeat, TheWorstEndIsTheMostCertainHarm)
{
    EXPECT_EQ(worse(exit_code::passed, exit_code::inconclusive), exit_code::inconclusive);
    EXPECT_EQ(worse(exit_code::not_run, exit_code::inconclusive), exit_code::not_run);
    EXPECT_EQ(worse(exit_code::failed, exit_code::not_run), exit_code::failed);
    EXPECT_EQ(worse(exit_code::passed, exit_code::passed), exit_code::passed);
}

} // namespace watertight::cli
