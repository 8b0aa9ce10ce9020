#include "probes/quota/exact_limit/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::quota::exact_limit {

using namespace testing;

static target::quota const& notes()
{
    static target::quota const q = [] {
        target::quota out;
        out.name = "notes";
        out.consume = {"notes.create"};
        out.reading = {"quota", "/used", "/limit", "/left", "/percent"};
        out.says_at = "/resourceType";
        out.says = "notes";
        return out;
    }();
    return q;
}

static probe::exchange ok()
{
    return answer(alice, 201, {}, R"({"id":"1"})");
}

static probe::exchange refused()
{
    return answer(alice, 429, {}, R"({"resourceType":"notes"})");
}

static burst of(std::uint64_t room, std::size_t good, std::size_t bad)
{
    burst b{room, {}};
    for (std::size_t i = 0; i < good; ++i) b.uses.push_back(ok());
    for (std::size_t i = 0; i < bad; ++i) b.uses.push_back(refused());
    return b;
}

static figure told(std::string body, std::uint64_t used)
{
    return {answer(alice, 200, {}, std::move(body)), used};
}

// Six are allowed: two one by one, four at once, and nothing after that.
static trial exact()
{
    trial t;
    t.what = &notes();
    t.filled = alice;
    t.other = bob;
    t.limit = 6;
    t.already = 0;
    t.one_by_one = {ok(), ok()};
    t.at_once = {of(4, 4, 12)};
    t.beyond = refused();
    t.figures = {told(R"({"used":2,"limit":6,"left":4,"percent":33.33})", 2)};
    t.removal = answer(alice, 204);
    t.freed = ok();
    t.other_before = answer(bob, 201);
    t.other_after = answer(bob, 201);
    t.other_told_before = answer(bob, 200, {}, R"({"used":1})");
    t.other_told_after = answer(bob, 200, {}, R"({"used":1})");
    return t;
}

TEST(QuotaExactLimit, PassesALimitThatHoldsAtItsNumber)
{
    auto const c = judge({exact()});
    EXPECT_TRUE(c.violations.empty()) << c.violations[0].detail;
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 1U);
}

TEST(QuotaExactLimit, CatchesThoseWhoPassItAtOnce)
{
    auto t = exact();
    t.at_once = {of(4, 7, 9)};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_FALSE(c.violations[0].kind);
}

TEST(QuotaExactLimit, CatchesOneBeyondTheLimit)
{
    auto t = exact();
    t.beyond = ok();
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(QuotaExactLimit, CatchesARefusalBeforeTheLimit)
{
    auto t = exact();
    t.at_once = {of(4, 3, 13)};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::service);
}

TEST(QuotaExactLimit, CatchesARefusalThatNamesAnotherResource)
{
    auto t = exact();
    t.beyond = answer(alice, 429, {}, R"({"resourceType":"files"})");
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(QuotaExactLimit, BeingToldToSlowDownIsNotAPass)
{
    auto t = exact();
    t.at_once = {of(4, 3, 12)};
    t.at_once[0].uses.push_back(answer(alice, 429, {}, R"({"error":"too fast"})"));
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(QuotaExactLimit, CatchesARefusalWithAnotherStatus)
{
    auto t = exact();
    t.beyond = answer(alice, 409);
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(QuotaExactLimit, CatchesFiguresThatDoNotAddUp)
{
    for (auto const* const body :
         {R"({"used":2,"limit":6,"left":3})",
          R"({"used":3,"limit":6,"left":3})",
          R"({"used":2,"limit":9,"left":7})",
          R"({"used":2,"limit":6,"left":4,"percent":40})"})
    {
        auto t = exact();
        t.figures = {told(body, 2)};
        EXPECT_EQ(judge({t}).violations.size(), 1U) << body;
    }
}

TEST(QuotaExactLimit, PassesAShareInPlaceOfAPercentage)
{
    auto const f = told(R"({"used":3,"limit":6,"left":3,"percent":0.5})", 3);
    EXPECT_EQ(wrong_figures(notes(), f, 6), "");
}

TEST(QuotaExactLimit, CatchesRoomThatDoesNotComeBack)
{
    auto t = exact();
    t.freed = refused();
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(QuotaExactLimit, CatchesAnotherTenantThatIsRefused)
{
    auto t = exact();
    t.other_after = answer(bob, 429, {}, R"({"resourceType":"notes"})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(QuotaExactLimit, CatchesAnotherTenantsFigureThatMoves)
{
    auto t = exact();
    t.other_told_after = answer(bob, 200, {}, R"({"used":7})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::unobservability);
}

TEST(QuotaExactLimit, WithoutTheCountBeforeOnlyAnExcessIsJudged)
{
    auto t = exact();
    t.already.reset();
    t.at_once = {of(4, 3, 13)};
    EXPECT_TRUE(judge({t}).violations.empty());
    t.at_once = {of(4, 5, 11)};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(QuotaExactLimit, FailuresAtOnceAreNotAPass)
{
    auto t = exact();
    t.at_once = {of(4, 3, 12)};
    t.at_once[0].uses.push_back(answer(alice, 500));
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(QuotaExactLimit, OneMoreWhereSomeWereThrottledIsNoExcess)
{
    auto t = exact();
    t.at_once = {of(4, 2, 0)};
    for (int i = 0; i < 10; ++i) t.at_once[0].uses.push_back(answer(alice, 429, {}, "too fast"));
    t.beyond = ok();
    t.removal.reset();
    t.freed.reset();
    auto const c = judge({t});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_FALSE(c.undecided.empty());
}

TEST(QuotaExactLimit, ALimitThatIsTooLargeIsNotAPass)
{
    trial t;
    t.what = &notes();
    t.failure = "its limit, 100000, is too large to be reached";
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(QuotaExactLimit, AnOtherTenantThatWasRefusedBeforeIsNotAPass)
{
    auto t = exact();
    t.other_before = answer(bob, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::quota::exact_limit
