#include "probes/api/cursor/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::cursor {

using namespace testing;

// Bob's token, presented by Alice.
static trial sound()
{
    trial t;
    t.from = "/nextCursor";
    t.first = t.control = answer(bob, 200, {bob});
    t.goes_on = true;
    t.hostile = answer(alice, 200, {alice});
    return t;
}

TEST(ApiCursor, CatchesTheRestOfTheOthersList)
{
    auto t = sound();
    t.hostile = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiCursor, CatchesASecondPageThatForgetsTheTenant)
{
    auto t = sound();
    t.first = answer(bob, 200, {bob});
    t.rest = answer(bob, 200, {bob, alice});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
    t.first = t.rest;
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiCursor, PassesWhenTheIntruderSeesItsOwnOrIsRefused)
{
    auto refused = sound();
    refused.hostile = answer(alice, 400);
    auto const c = judge({sound(), refused});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(ApiCursor, PassesOverListsWithoutPages)
{
    EXPECT_FALSE(judge({}).not_applicable.empty());
}

TEST(ApiCursor, AThrottledIntruderIsNotAPass)
{
    auto t = sound();
    t.hostile = answer(alice, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiCursor, FindsWhatLeadsOn)
{
    auto const body = R"({"items":[],"page":{"nextCursor":"abc"},"next":"/x?after=7","n":1})";
    auto const all = next_of("", body);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].token, "/x?after=7");
    EXPECT_TRUE(all[0].is_address);
    EXPECT_EQ(all[1].from, "/page/nextCursor");
    auto const head =
        "HTTP/1.1 200 OK\r\nLink: </x?p=1>; rel=\"prev\", </x?p=3>; rel=\"next\"\r\n\r\n";
    ASSERT_EQ(next_of(head, "").size(), 1U);
    EXPECT_EQ(next_of(head, "")[0].token, "/x?p=3");
    EXPECT_TRUE(next_of("", R"({"next":null})").empty());
    auto const page =
        R"(<a href="?p=1" rel="prev">Newer</a> <a rel="next" href="?p=3&amp;q=x">Older</a>)";
    ASSERT_EQ(next_of("", page).size(), 1U);
    EXPECT_EQ(next_of("", page)[0].token, "?p=3&q=x");
}

} // namespace watertight::probes::api::cursor
