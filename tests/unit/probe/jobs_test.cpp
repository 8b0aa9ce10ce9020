#include "harness/probe/jobs.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

TEST(Jobs, EndWhereTheirStateSaysSo)
{
    EXPECT_TRUE(holds_one_of(R"({"job":{"state":"done"}})", "/job/state", {"done", "failed"}));
    EXPECT_TRUE(holds_one_of(R"({"ready":true})", "/ready", {"true"}));
    EXPECT_FALSE(holds_one_of(R"({"job":{"state":"queued"}})", "/job/state", {"done"}));
    EXPECT_FALSE(holds_one_of("not found", "/job/state", {"done"}));
}

} // namespace watertight::probe
