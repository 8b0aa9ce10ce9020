#include "probes/api/object_delete/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::object_delete {

using namespace testing;

static probe::marks const older{"wtolder", 0};
static probe::marks const gone{"wtgone", 0};
static probe::marks const newer{"wtnewer", 0};

static probe::exchange list_of(std::vector<probe::marks> const& objects)
{
    auto e = answer(bob, 200);
    for (auto const& o : objects) {
        e.body += o.text + ' ';
        e.seen.push_back(canary_of(bob));
        e.seen.back().token = o.text;
    }
    return e;
}

// A list is Bob's only view.
static trial listed_alone()
{
    trial t;
    t.canary = gone;
    t.neighbours = {older, newer};
    t.before = t.after = answer(bob, 200, {bob});
    t.listed_before = t.listed_after = list_of({older, gone, newer});
    t.hostile = answer(alice, 204);
    t.own_delete = answer(bob, 204);
    t.at_last.failure = "the owner's list does not show the object";
    t.listed_at_last = list_of({older, newer});
    return t;
}

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

// To what is not there this target answers as to what may not be seen.
static trial forbidding()
{
    auto t = sound();
    t.absent = answer(bob, 403);
    t.hostile = answer(alice, 403);
    t.at_last = answer(bob, 403);
    return t;
}

TEST(ApiObjectDelete, CatchesAnObjectThatIsForbiddenLikeAnyThatIsNotThere)
{
    auto t = forbidding();
    t.hostile = answer(alice, 204);
    t.after = t.own_delete = answer(bob, 403);
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiObjectDelete, PassesWhereWhatIsGoneIsForbidden)
{
    auto const c = judge({forbidding()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiObjectDelete, ARefusalThatNothingAbsentGetsIsNotAPass)
{
    auto t = forbidding();
    t.absent = answer(bob, 404);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
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

TEST(ApiObjectDelete, CatchesAnObjectThatIsMissingFromBetweenItsNeighbours)
{
    auto t = listed_alone();
    t.after = t.at_last;
    t.listed_after = list_of({older, newer});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].position, "the owner's list");
}

TEST(ApiObjectDelete, PassesIfTheListLosesItToTheOwnersDeletionAlone)
{
    auto const c = judge({listed_alone()});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(ApiObjectDelete, AListThatIsTooShortIsNotAPass)
{
    auto t = listed_alone();
    t.after = t.at_last;
    t.listed_after = t.listed_at_last = list_of({newer});
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::object_delete
