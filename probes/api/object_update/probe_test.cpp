#include "probes/api/object_update/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::object_update {

using namespace testing;

// Bob owns the object; Alice writes to it.
static trial sound()
{
    trial t;
    t.planted = "zq7kplanted";
    t.before = answer(bob, 200, {bob}, R"({"name":"zq7kbob","seen":1})");
    t.before_again = answer(bob, 200, {bob}, R"({"name":"zq7kbob","seen":2})");
    t.hostile = answer(alice, 404);
    t.after = answer(bob, 200, {bob}, R"({"name":"zq7kbob","seen":3})");
    t.own_update = answer(bob, 200);
    t.own_planted = "zq7kbobsown";
    t.at_last = answer(bob, 200, {bob}, R"({"name":"zq7kbobsown","seen":4})");
    return t;
}

TEST(ApiObjectUpdate, CatchesThePlantedCanary)
{
    auto t = sound();
    t.hostile = answer(alice, 404);
    t.after = answer(bob, 200, {}, R"({"name":"zq7kplanted","seen":3})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

// The object comes from a cache that the foreign write left alone; the list does not.
TEST(ApiObjectUpdate, CatchesThePlantedCanaryInTheOwnersList)
{
    auto t = sound();
    t.listed = answer(bob, 200, {}, R"([{"name":"zq7kplanted"}])");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].token, "zq7kplanted");
}

TEST(ApiObjectUpdate, CatchesAChangeThatCarriesNoCanary)
{
    auto t = sound();
    t.after = answer(bob, 200, {bob}, R"({"name":"zq7kbob","seen":3,"done":true})");
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

// The write stored the writer's tenant with the row.
TEST(ApiObjectUpdate, CatchesAWriteThatTakesTheObjectFromItsOwner)
{
    auto t = sound();
    t.hostile = answer(alice, 200);
    t.after = t.after_again = answer(bob, 404);
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    // Refused once and there again: a replica that lags, no loss.
    t.after_again = answer(bob, 200, {bob});
    EXPECT_TRUE(judge({t}).violations.empty());
}

// "seen" counts the readings: it differs without anybody's doing.
TEST(ApiObjectUpdate, PassesWhatChangesByItself)
{
    auto const c = judge({sound()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiObjectUpdate, PassesAnAcceptedWriteThatHadNoEffect)
{
    auto t = sound();
    t.hostile = answer(alice, 200);
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiObjectUpdate, ARequestThatFailsForTheOwnerTooIsNotAPass)
{
    auto t = sound();
    t.own_update = answer(bob, 400);
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiObjectUpdate, PassesOverAVerbThatWorksForNobody)
{
    auto t = sound();
    t.is_derived = true;
    t.own_update = answer(bob, 405);
    auto const c = judge({sound(), t});
    EXPECT_EQ(c.trials, 1U);
    EXPECT_TRUE(c.undecided.empty());
}

// Everything is answered with 200 here, the write that was not carried out among it.
TEST(ApiObjectUpdate, AWriteThatNeverShowsIsNotAPass)
{
    auto t = sound();
    t.at_last = answer(bob, 200, {bob}, R"({"name":"zq7kbob","seen":4})");
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiObjectUpdate, AnUnreadableObjectIsNotAPass)
{
    auto t = sound();
    t.before = answer(bob, 404);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::api::object_update
