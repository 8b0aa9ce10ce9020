#include "probes/files/public_link/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::files::public_link {

using namespace testing;

static trial trial_of(bool is_capability, probe::exchange nobodys)
{
    trial t;
    t.victim = bob;
    t.source = answer(bob, 200, {bob});
    t.where = {"", "/public/bob/1.txt"};
    t.owners = answer(bob, 200, {bob});
    t.intruders = answer(alice, 404);
    t.nobodys = std::move(nobodys);
    t.altered = {answer(alice, 403)};
    t.is_capability = is_capability;
    return t;
}

TEST(FilesPublicLink, CatchesALinkThatCanBeGuessed)
{
    auto const c = judge({trial_of(false, answer(alice, 200, {bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(FilesPublicLink, CatchesASignatureThatIsNotChecked)
{
    auto t = trial_of(true, answer(alice, 200, {bob}));
    t.altered = {answer(alice, 200, {bob}), answer(alice, 200, {bob})};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

// The signature covers the time alone.
TEST(FilesPublicLink, CatchesASignatureThatOpensAnotherObjectToo)
{
    auto t = trial_of(true, answer(alice, 200, {bob}));
    t.rewritten = {answer(alice, 403)};
    EXPECT_TRUE(judge({t}).violations.empty());
    t.rewritten.push_back(answer(alice, 200, {bob}));
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(FilesPublicLink, CatchesALinkThatTheIntruderWasGiven)
{
    auto t = trial_of(true, answer(alice, 200, {bob}));
    t.source = answer(alice, 200);
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(FilesPublicLink, CatchesALinkThatOutlivesItsObject)
{
    auto t = trial_of(true, answer(alice, 200, {bob}));
    t.afterwards = answer(alice, 200, {bob});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(FilesPublicLink, CatchesAFolderThatListsForAnybody)
{
    auto t = trial_of(true, answer(alice, 200, {bob}));
    t.folders = {answer(alice, 404), answer(alice, 200, {bob})};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(FilesPublicLink, PassesAFolderThatShowsTheTenantsNameAlone)
{
    auto t = trial_of(true, answer(alice, 200, {bob}));
    auto page = answer(alice, 200, {bob}, "<title>bob</title>");
    page.seen[0].kind = evidence::token_kind::identifier;
    page.seen[0].token = "bob";
    t.folders = {page};
    EXPECT_TRUE(judge({t}).violations.empty());
}

// By design: whoever was given it may open it. The notes say so.
TEST(FilesPublicLink, PassesASignedLinkThatOpensForAnybody)
{
    auto const c = judge({trial_of(true, answer(alice, 200, {bob}))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
    EXPECT_EQ(c.notes.size(), 1U);
}

TEST(FilesPublicLink, PassesALinkThatAsksForCredentials)
{
    auto const c = judge({trial_of(false, answer(alice, 401))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(FilesPublicLink, ALinkThatLeadsToNothingIsNotAPass)
{
    auto t = trial_of(false, answer(alice, 404));
    t.owners = answer(bob, 404);
    EXPECT_EQ(judge({t}).trials, 0U);
}

TEST(FilesPublicLink, AThrottledFollowerIsNotAPass)
{
    auto const c = judge({trial_of(false, answer(alice, 429))});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::files::public_link
