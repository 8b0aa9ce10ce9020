#include "probes/api/object_delete/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::object_delete {

using namespace testing;

// Bob owns the object; Alice deletes it.
static trial sound()
{
    trial t;
    t.way = "by the victim's path";
    t.before = t.after = answer(bob, 200, {bob});
    t.hostile = answer(alice, 404);
    t.own_delete = answer(bob, 204);
    t.at_last = answer(bob, 404);
    return t;
}

TEST(ApiObjectDelete, CatchesAnObjectThatIsGone)
{
    auto t = sound();
    t.hostile = answer(alice, 404);
    t.after = answer(bob, 404);
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiObjectDelete, CatchesAnObjectThatWasEmptied)
{
    auto t = sound();
    t.after = answer(bob, 200, {}, R"({"deleted":true})");
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

// Reads come from a cache that the foreign deletion left alone.
static trial hidden_by_a_cache()
{
    auto t = sound();
    t.canary = "zq7kbob";
    t.listed_before = answer(bob, 200, {bob}, R"([{"name":"zq7kbob"}])");
    t.listed_after = answer(bob, 200, {}, "[]");
    t.own_delete = answer(bob, 404);
    return t;
}

TEST(ApiObjectDelete, CatchesAnObjectThatOnlyACacheStillHas)
{
    auto const c = judge({hidden_by_a_cache()});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].position, "the owner's list");
}

// The list has only so much room, and others made more meanwhile.
TEST(ApiObjectDelete, PassesAnObjectThatLeftTheListAndCanStillBeDeleted)
{
    auto t = hidden_by_a_cache();
    t.own_delete = answer(bob, 204);
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiObjectDelete, PassesAnAcceptedRequestWithoutEffect)
{
    auto t = sound();
    t.hostile = answer(alice, 204);
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiObjectDelete, ADeletionThatFailsForTheOwnerTooIsNotAPass)
{
    auto t = sound();
    t.own_delete = answer(bob, 405);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

// Everything is answered with 200 here, the deletion that was not carried out among it.
TEST(ApiObjectDelete, ADeletionThatNeverShowsIsNotAPass)
{
    auto t = sound();
    t.own_delete = answer(bob, 200, {}, R"({"error":"the form has expired"})");
    t.at_last = answer(bob, 200, {bob});
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiObjectDelete, AServerErrorOnReadBackIsNotAPass)
{
    auto t = sound();
    t.after = answer(bob, 503);
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::object_delete
