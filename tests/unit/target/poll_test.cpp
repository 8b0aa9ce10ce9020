#include "harness/target/poll.hpp"

#include <gtest/gtest.h>

namespace watertight::target {

TEST(Poll, EndsWhereTheStateSaysSo)
{
    poll_rule const job{
        .pointer = "/job/state", .pattern = {}, .until = {"done", "failed"}, .pending = {}};
    EXPECT_TRUE(job.has_ended(200, R"({"job":{"state":"done"}})"));
    EXPECT_FALSE(job.has_ended(200, R"({"job":{"state":"queued"}})"));
    EXPECT_FALSE(job.has_ended(200, "not found"));
    poll_rule const ready{.pointer = "/ready", .pattern = {}, .until = {"true"}, .pending = {}};
    EXPECT_TRUE(ready.has_ended(200, R"({"ready":true})"));
    EXPECT_TRUE(ready.is_set() && ready.tells_state());
}

TEST(Poll, ReadsTheStateOfAPage)
{
    poll_rule const page{
        .pointer = {}, .pattern = "id=\"state\">([a-z]+)<", .until = {"done"}, .pending = {}};
    EXPECT_TRUE(page.has_ended(200, R"(<p id="state">done</p>)"));
    EXPECT_FALSE(page.has_ended(200, R"(<p id="state">running</p>)"));
    EXPECT_FALSE(page.has_ended(200, "<p>done</p>"));
}

TEST(Poll, GoesOnWhileTheStatusSaysSo)
{
    poll_rule const result{
        .pointer = {}, .pattern = {}, .until = {}, .pending = {{202, 202}, {409, 409}}};
    EXPECT_FALSE(result.has_ended(202, ""));
    EXPECT_FALSE(result.has_ended(409, ""));
    EXPECT_TRUE(result.has_ended(200, "the result"));
    EXPECT_TRUE(result.is_set());
    EXPECT_FALSE(result.tells_state());
    EXPECT_FALSE(poll_rule{}.is_set());
}

} // namespace watertight::target
