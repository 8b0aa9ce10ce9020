#include "probes/api/foreign_reference/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::api::foreign_reference {

using namespace testing;

// Alice lets an object of hers refer to one of Bob's.
static trial sound()
{
    trial t;
    t.member = "coverFileId";
    t.of = "files";
    t.victim = bob;
    t.control = answer(alice, 201, {alice});
    t.hostile = t.absent = answer(alice, 422);
    return t;
}

TEST(ApiForeignReference, CatchesTheOthersDataInTheAnswer)
{
    auto t = sound();
    t.hostile = answer(alice, 201, {alice, bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiForeignReference, CatchesTheOthersDataInALaterRead)
{
    auto t = sound();
    t.hostile = answer(alice, 201, {alice});
    t.views = {answer(alice, 200, {alice}), answer(alice, 200, {bob})};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiForeignReference, CatchesAReferenceThatIsLookedUpInAllTenants)
{
    auto t = sound();
    t.hostile = answer(alice, 201, {alice});
    t.is_kept = true;
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(ApiForeignReference, PassesWhenForeignAndAbsentOnesAreRefusedAlike)
{
    EXPECT_TRUE(judge({sound()}).violations.empty());
    EXPECT_EQ(judge({sound()}).trials, 1U);
}

// A target that asks for no reference whatever it is and follows none shows nothing of anybody.
TEST(ApiForeignReference, PassesWhenAnyReferenceIsKeptAndNoneFollowed)
{
    auto t = sound();
    t.hostile = t.absent = answer(alice, 201, {alice});
    t.is_kept = t.absent_is_kept = true;
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiForeignReference, AThrottledIntruderIsNotAPass)
{
    auto t = sound();
    t.hostile = answer(alice, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiForeignReference, LearnsMembersFromTheirNamesAndFromWhatTheyHold)
{
    auto const body = R"({"id":"7","coverFileId":null,"owner_id":"u1","title":"f9"})";
    auto const names = reference_members(body, "files", {"f9"});
    EXPECT_EQ(std::ranges::count(names, "coverFileId"), 1);
    EXPECT_EQ(std::ranges::count(names, "file_id"), 1);
    EXPECT_EQ(std::ranges::count(names, "title"), 0);
    EXPECT_EQ(std::ranges::count(reference_members(body, "people", {"u1"}), "owner_id"), 1);
    EXPECT_EQ(std::ranges::count(reference_members("", "categories", {}), "categoryId"), 1);
}

} // namespace watertight::probes::api::foreign_reference
