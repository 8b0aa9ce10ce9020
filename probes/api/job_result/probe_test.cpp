#include "probes/api/job_result/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::job_result {

using namespace testing;

static trial seen_together(std::vector<probe::exchange> together)
{
    trial t;
    t.views.push_back({answer(alice, 200, {alice}), std::move(together)});
    return t;
}

TEST(ApiJobResult, CatchesAResultThatIsAnothers)
{
    auto const c = judge(seen_together({answer(alice, 200, {alice}), answer(alice, 200, {bob})}));
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiJobResult, CatchesAnOrderThatNamesAnother)
{
    auto t = seen_together({answer(alice, 200, {alice})});
    t.spoofed.push_back({bob, "tenantId", answer(alice, 202), {answer(alice, 200, {bob})}});
    EXPECT_EQ(judge(t).violations.size(), 1U);
}

TEST(ApiJobResult, PassesAnOrderThatKeepsTheOthersNameAlone)
{
    auto t = seen_together({answer(alice, 200, {alice})});
    auto kept = answer(alice, 200, {bob});
    kept.seen[0].kind = evidence::token_kind::identifier;
    t.spoofed.push_back({bob, "tenantId", answer(alice, 202), {kept}});
    EXPECT_TRUE(judge(t).violations.empty());
}

TEST(ApiJobResult, CatchesAnAddressThatAnybodyMayUse)
{
    auto t = seen_together({answer(alice, 200, {alice})});
    t.links.push_back({answer(alice, 200, {alice}), answer(bob, 200, {alice})});
    auto const c = judge(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(ApiJobResult, CatchesWhatIsLeftOfARemovedJob)
{
    auto t = seen_together({answer(alice, 200, {alice})});
    t.removed.push_back(
        {answer(alice, 200, {alice}), answer(alice, 204), answer(alice, 200, {alice})}
    );
    auto const c = judge(t);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_FALSE(c.violations[0].intruder);
}

TEST(ApiJobResult, PassesOwnResultsRefusedLinksAndTidyRemoval)
{
    auto t = seen_together({answer(alice, 200, {alice}), answer(bob, 200, {bob})});
    t.links.push_back({answer(alice, 200, {alice}), answer(bob, 404)});
    t.removed.push_back({answer(alice, 200, {alice}), answer(alice, 204), answer(alice, 404)});
    auto const c = judge(t);
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
}

TEST(ApiJobResult, AResultWithoutTheOwnersDataIsNotAPass)
{
    EXPECT_EQ(judge(seen_together({answer(alice, 200)})).undecided.size(), 1U);
    trial nothing;
    nothing.views.push_back({answer(alice, 404), {answer(alice, 200, {alice})}});
    EXPECT_EQ(judge(nothing).undecided.size(), 1U);
}

TEST(ApiJobResult, FindsAddressesOnTheTargetThatAreNoSecret)
{
    auto const* const body = R"({"self":"/jobs/7","file":"http://x:1/files/7.csv",
        "signed":"/files/7?signature=abc","note":"/ no address","other":"http://y/files/7"})";
    std::vector<std::string> const expected{"/files/7.csv", "/jobs/7"};
    EXPECT_EQ(links_in(body, "http://x:1"), expected);
    EXPECT_TRUE(links_in("<html>", "http://x:1").empty());
}

TEST(ApiJobResult, SetsMembersAsTheServiceWouldSendThem)
{
    EXPECT_EQ(with_members(R"({"a":1})", {"t"}, "7"), R"({"a":1,"t":7})");
    EXPECT_EQ(with_members(R"({"a":1})", {"t"}, "x-7"), R"({"a":1,"t":"x-7"})");
    EXPECT_EQ(with_members("a=1", {"t"}, "7"), "");
}

} // namespace watertight::probes::api::job_result
