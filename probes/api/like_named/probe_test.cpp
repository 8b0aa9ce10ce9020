#include "probes/api/like_named/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::like_named {

using namespace testing;

static sight seen(tenant_index by, std::vector<tenant_index> const& of, int status = 200)
{
    return {"after both were made", {answer(by, status, of)}};
}

// Bob made his first, Alice one of the same name.
static trial with(sight before, sight after)
{
    trial t;
    t.channel = "POST /things";
    t.how = "name = wtsame";
    t.victim = bob;
    t.intruder = alice;
    t.victims = canary_of(bob).token;
    t.intruders = canary_of(alice).token;
    t.made = answer(bob, 201, {bob});
    t.other_made = answer(alice, 201, {alice});
    t.before = std::move(before);
    t.after = {std::move(after)};
    t.others = seen(alice, {alice});
    return t;
}

TEST(ApiLikeNamed, CatchesAnObjectThatTheOtherReplaced)
{
    auto const c = judge({with(seen(bob, {bob}), seen(bob, {alice}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(ApiLikeNamed, CatchesAnObjectThatIsGone)
{
    auto const c = judge({with(seen(bob, {bob}), seen(bob, {}, 404))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("no longer finds"), std::string::npos);
}

TEST(ApiLikeNamed, CatchesTheFirstOnesObjectInTheSecondsAnswer)
{
    auto t = with(seen(bob, {bob}), seen(bob, {bob}));
    t.other_made = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_FALSE(c.violations[0].kind);
}

TEST(ApiLikeNamed, CatchesTheFirstOnesContentUnderTheSecondsName)
{
    auto t = with(seen(bob, {bob}), seen(bob, {bob}));
    t.others = seen(alice, {bob});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiLikeNamed, PassesTwoObjectsOfTheSameName)
{
    auto const c = judge({with(seen(bob, {bob}), seen(bob, {bob}))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

// Whether a name may be taken twice is another probe's question.
TEST(ApiLikeNamed, PassesARefusedSecondName)
{
    auto t = with(seen(bob, {bob}), seen(bob, {bob}));
    t.other_made = answer(alice, 409);
    t.others = {};
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

static trial::action action(char const* before, char const* after, char const* twin)
{
    trial::action a;
    a.channel = "POST /things/{id}/publish";
    a.done = answer(alice, 200);
    a.before = {answer(bob, 200, {bob}, before), answer(bob, 200, {bob}, before)};
    a.after = answer(bob, 200, {bob}, after);
    a.twin_before = answer(bob, 200, {bob}, R"({"status":"draft"})");
    a.twin_after = answer(bob, 200, {bob}, twin);
    return a;
}

TEST(ApiLikeNamed, CatchesAnActionThatIsGrantedByName)
{
    auto t = with(seen(bob, {bob}), seen(bob, {bob}));
    t.actions = {action(R"({"status":"draft"})", R"({"status":"live"})", R"({"status":"draft"})")};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "POST /things/{id}/publish");
}

// What happens to every object of the tenant is its own life.
TEST(ApiLikeNamed, PassesAChangeThatAnotherObjectGoesThroughToo)
{
    auto t = with(seen(bob, {bob}), seen(bob, {bob}));
    t.actions = {action(R"({"status":"draft"})", R"({"status":"live"})", R"({"status":"live"})")};
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiLikeNamed, AViewWithoutACanaryIsNotAPass)
{
    auto const c = judge({with(seen(bob, {}), seen(bob, {}))});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiLikeNamed, AThrottledCreationIsNotAPass)
{
    auto t = with(seen(bob, {bob}), seen(bob, {bob}));
    t.other_made = answer(alice, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(ApiLikeNamedPlaces, AreThoseBesideWhichTheCanaryStillStands)
{
    probe::marks const canary{"zq7kx", 77};
    auto const two = namings(R"({"name":"zq7kx","text":"of zq7kx","n":1})", "/things", canary, "w");
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].place, "name");
    EXPECT_EQ(two[0].body, R"({"name":"w","text":"of zq7kx","n":1})");
    EXPECT_EQ(two[1].body, R"({"name":"zq7kx","text":"of w","n":1})");
    EXPECT_EQ(namings(R"({"name":"zq7kx","n":77})", "/things", canary, "w").size(), 1U);
    EXPECT_TRUE(namings(R"({"name":"zq7kx"})", "/things", canary, "w").empty());
    EXPECT_TRUE(namings(R"({"email":"zq7kx@x.y","n":77})", "/things", canary, "w").empty());
    auto const address = namings("of zq7kx", "/files?name=zq7kx.txt", canary, "w");
    ASSERT_EQ(address.size(), 1U);
    EXPECT_EQ(address[0].target, "/files?name=w.txt");
}

TEST(ApiLikeNamed, CatchesWhatLivesUnderTheOthersObject)
{
    auto t = with(seen(bob, {bob}), seen(bob, {bob}));
    trial::family notes;
    notes.kind = "notes";
    notes.victims = {"zq7kbobs", 0};
    notes.intruders = {"zq7kalices", 0};
    notes.control = notes.again = answer(bob, 200, {}, "zq7kbobs");
    notes.hostile = answer(alice, 200, {}, "zq7kalices");
    t.families = {notes};
    EXPECT_TRUE(judge({t}).violations.empty());
    t.families[0].hostile = answer(alice, 200, {}, "zq7kbobs");
    ASSERT_EQ(judge({t}).violations.size(), 1U);
    EXPECT_FALSE(judge({t}).violations[0].kind);
    t.families[0] = notes;
    t.families[0].again = answer(bob, 200, {}, "[]");
    ASSERT_EQ(judge({t}).violations.size(), 1U);
    EXPECT_EQ(judge({t}).violations[0].kind, evidence::guarantee::integrity);
    // Where its owner never saw it nothing is lost.
    t.families[0].control = answer(bob, 200, {}, "[]");
    EXPECT_TRUE(judge({t}).violations.empty());
}

} // namespace watertight::probes::api::like_named
