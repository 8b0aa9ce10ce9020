#include "probes/cache/stale_entry/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::cache::stale_entry {

using namespace testing;

static trial after_update(std::string const& body)
{
    trial t;
    t.old_canary = "zq7kold";
    t.new_canary = "zq7knew";
    t.warm = answer(bob, 200, {}, R"({"name":"zq7kold","mail":"zq7kold@x"})");
    t.change = answer(bob, 200);
    t.after = answer(bob, 200, {}, body);
    return t;
}

static trial after_removal(int status, std::string const& body)
{
    auto t = after_update(body);
    t.removed = true;
    t.change.status = 204;
    t.after.status = status;
    return t;
}

TEST(CacheStaleEntry, CatchesTheOldValueAfterAnUpdate)
{
    auto const c = judge({after_update(R"({"name":"zq7kold","mail":"zq7kold@x"})")});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_FALSE(c.violations[0].intruder.has_value());
}

TEST(CacheStaleEntry, CatchesADeletedObjectThatIsStillServed)
{
    EXPECT_EQ(judge({after_removal(200, R"({"name":"zq7kold"})")}).violations.size(), 1U);
}

// Where a field holds a number and nothing else, the canary is one, too.
TEST(CacheStaleEntry, CatchesAnOldNumber)
{
    auto t = after_update(R"({"value":5000000000000001})");
    t.old_canary.number = 5000000000000001;
    t.new_canary.number = 5000000000000002;
    t.warm = answer(bob, 200, {}, R"({"value":5000000000000001})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].token, "5000000000000001");

    t.after = answer(bob, 200, {}, R"({"value":5000000000000002})");
    EXPECT_TRUE(judge({t}).violations.empty());
    EXPECT_TRUE(judge({t}).undecided.empty());
}

// The update changes the name alone; the mail address keeps the old canary by right.
TEST(CacheStaleEntry, PassesMembersThatTheUpdateLeavesAlone)
{
    auto const c = judge({after_update(R"({"name":"zq7knew","mail":"zq7kold@x"})")});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(CacheStaleEntry, PassesAnObjectThatIsGone)
{
    EXPECT_TRUE(judge({after_removal(404, "{}")}).violations.empty());
}

TEST(CacheStaleEntry, ARefusedChangeIsNotAPass)
{
    auto t = after_update("{}");
    t.change.status = 400;
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(CacheStaleEntry, AnObjectWithoutItsCanaryIsNotAPass)
{
    auto t = after_update("{}");
    t.warm.body = "{}";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::cache::stale_entry
