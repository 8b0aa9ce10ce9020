#include "probes/identity/channel_conflict/guesses.hpp"
#include "probes/identity/channel_conflict/probe.hpp"
#include "probes/testing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::identity::channel_conflict {

using namespace testing;

// Alice's credentials, Bob's name.
static trial sound()
{
    trial t;
    t.channel = "identity header X-Tenant-ID vs token";
    t.victim = bob;
    t.control = answer(bob, 200, {bob});
    t.hostile = answer(alice, 403);
    return t;
}

TEST(IdentityChannelConflict, CatchesTheNamedTenantsData)
{
    auto t = sound();
    t.hostile = answer(alice, 200, {bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "identity header X-Tenant-ID vs token");
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(IdentityChannelConflict, CatchesAWriteIntoTheNamedTenant)
{
    auto t = sound();
    t.hostile = answer(alice, 201);
    t.planted = "zq7kplanted";
    t.victims_views = {answer(bob, 200, {bob}, "zq7kbob zq7kplanted")};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
}

TEST(IdentityChannelConflict, PassesARefusalAndTheCredentialsOwnData)
{
    auto ignored = sound();
    ignored.hostile = answer(alice, 200, {alice});
    auto const c = judge({sound(), ignored});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(IdentityChannelConflict, CatchesAHeaderThatNobodyDescribed)
{
    auto t = sound();
    t.is_guess = true;
    t.hostile = answer(alice, 200, {bob});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
    t.hostile = answer(alice, 500);
    EXPECT_TRUE(judge({t}).undecided.empty());
}

namespace {

// A target that believes one header and refuses another.
asio::awaitable<void> narrow(std::vector<header_list> groups, std::vector<trial>& out, int& sent)
{
    guess const send = [&](auto const headers) -> asio::awaitable<trial> {
        ++sent;
        trial t = sound();
        t.hostile = answer(alice, 200, {alice});
        for (auto const& [name, value] : headers) {
            if (name == "X-Org") t.hostile = answer(alice, 200, {bob});
            if (name == "X-Site-ID") t.hostile = answer(alice, 403);
        }
        co_return t;
    };
    for (auto& headers : groups) co_await narrow_down(send, headers, out);
}

} // namespace

TEST(IdentityChannelConflict, FindsTheHeaderThatIsBelievedAmongAllThatAreUsual)
{
    std::vector<trial> trials;
    int sent = 0;
    auto const groups = usual_headers({"organizer"}, "", "acme");
    ASSERT_EQ(groups.size(), 1U);
    asio::io_context loop{1};
    auto done = asio::co_spawn(loop, narrow(groups, trials, sent), asio::use_future);
    loop.run();
    done.get();
    auto const c = judge(trials);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "identity header X-Org (not in the scenario) vs token");
    EXPECT_LT(sent, 20);
}

TEST(IdentityChannelConflict, ARefusedHeaderHidesNoOther)
{
    std::vector<trial> trials;
    int sent = 0;
    asio::io_context loop{1};
    auto const groups = usual_headers({"organizer"}, "7", "acme");
    auto done = asio::co_spawn(loop, narrow(groups, trials, sent), asio::use_future);
    loop.run();
    done.get();
    EXPECT_EQ(judge(trials).violations.size(), 2U);
    EXPECT_LT(sent, 50);
}

TEST(IdentityChannelConflict, HeadersAreCalledAfterTheTargetsOwnWords)
{
    auto const groups = usual_headers({"team_group"}, "7", "acme");
    ASSERT_EQ(groups.size(), 2U);
    auto const has = [](header_list const& all, std::string_view name) {
        return std::ranges::any_of(all, [&](auto const& h) { return h.first == name; });
    };
    EXPECT_TRUE(has(groups[0], "X-Team-Group-ID"));
    EXPECT_TRUE(has(groups[1], "X-Team-Group-Slug"));
    EXPECT_EQ(usual_headers({}, "acme", "acme").size(), 1U);
}

TEST(IdentityChannelConflict, AnOwnerThatSeesNothingIsNotAPass)
{
    auto t = sound();
    t.control = answer(bob, 200, {}, "[]");
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::identity::channel_conflict
