#include "probes/api/foreign_count/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::foreign_count {

using namespace testing;

static probe::exchange page(int total, int served = 0)
{
    return answer(
        alice, 200, {}, fmt::format(R"({{"items":[],"total":{},"served":{}}})", total, served)
    );
}

// Alice looks while Bob makes three and then two.
static trial with_totals(int before, int after_three, int after_two)
{
    trial t;
    t.other = bob;
    t.resource = "items";
    t.rounds = {
        {page(before, 1), page(before, 2), page(after_three, 3), 3},
        {page(after_three, 4), page(after_three, 5), page(after_two, 6), 2},
    };
    return t;
}

TEST(ApiForeignCount, CatchesATotalThatGrowsWithTheOthers)
{
    auto const c = judge({with_totals(4, 7, 9)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].position, "/total");
}

TEST(ApiForeignCount, CatchesASumOfEqualNumbers)
{
    EXPECT_EQ(judge({with_totals(40, 61, 75)}).violations.size(), 1U);
}

// Of numbers that differ, beyond what a double holds exactly.
TEST(ApiForeignCount, CatchesASumOfTheNumbersThatObjectsCarry)
{
    auto const sum = [](std::string const& value) {
        return answer(alice, 200, {}, R"({"budget":)" + value + "}");
    };
    trial t;
    t.other = bob;
    t.rounds = {
        {sum("12"), sum("12"), sum("13511898452414392"), 3, {13511898452414377}},
        {sum("13511898452414392"),
         sum("13511898452414392"),
         sum("22520197260057300"),
         2,
         {9008298807642914}}};
    ASSERT_EQ(judge({t}).violations.size(), 1U);
    EXPECT_EQ(judge({t}).violations[0].position, "/budget");
}

TEST(ApiForeignCount, PassesAClock)
{
    EXPECT_TRUE(judge({with_totals(1700000000, 1700000006, 1700000010)}).violations.empty());
}

TEST(ApiForeignCount, CatchesAHeader)
{
    auto t = with_totals(4, 4, 4);
    auto const count = [](probe::exchange& e, int n) {
        e.head = fmt::format("HTTP/1.1 200 OK\r\nX-Total-Count: {}\r\n\r\n", n);
    };
    count(t.rounds[0].before, 4);
    count(t.rounds[0].before_again, 4);
    count(t.rounds[0].after, 7);
    count(t.rounds[1].before, 7);
    count(t.rounds[1].before_again, 7);
    count(t.rounds[1].after, 9);
    ASSERT_EQ(judge({t}).violations.size(), 1U);
    EXPECT_EQ(judge({t}).violations[0].position, "header x-total-count");
}

// Numbers by the ids of what they count: {"unread": {"17": 3}}.
TEST(ApiForeignCount, CatchesMembersThatOthersAdd)
{
    auto const unread = [](int members) {
        std::string body = R"({"unread":{)";
        for (int i = 0; i < members; ++i) body += fmt::format(R"({}"{}":3)", i == 0 ? "" : ",", i);
        return answer(alice, 200, {}, body + "}}");
    };
    trial t;
    t.other = bob;
    t.resource = "feeds";
    t.rounds = {{unread(1), unread(1), unread(4), 3}, {unread(4), unread(4), unread(6), 2}};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].position, "size of /unread");
    t.rounds[1].after = unread(4);
    EXPECT_TRUE(judge({t}).violations.empty());
}

// "served" counts the answers: it grows by itself, once even by three.
TEST(ApiForeignCount, PassesOwnTotalsAndCountersOfRequests)
{
    auto const c = judge({with_totals(4, 4, 4), with_totals(4, 7, 7)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

// What is kept for a while, or until its owner writes, shows the others' only then.
TEST(ApiForeignCount, CatchesATotalThatIsRenewedByOwnCreations)
{
    auto renewed = with_totals(4, 8, 11);
    renewed.rounds[0].made = 4;
    renewed.rounds[1].made = 3;
    renewed.beside_own = true;
    auto const c = judge({with_totals(4, 4, 5), renewed});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("made one of each"), std::string::npos);
    auto own = renewed;
    own.rounds[0].after = page(5);
    own.rounds[1].before = page(5);
    own.rounds[1].before_again = page(5);
    own.rounds[1].after = page(6);
    EXPECT_TRUE(judge({own}).violations.empty());
}

TEST(ApiForeignCount, TellsOnceOfAPlaceThatGrowsInSeveralWays)
{
    auto renewed = with_totals(9, 13, 16);
    renewed.rounds[0].made = 4;
    renewed.rounds[1].made = 3;
    renewed.beside_own = true;
    EXPECT_EQ(judge({with_totals(4, 7, 9), renewed}).violations.size(), 1U);
}

TEST(ApiForeignCount, AnAnswerThatFailsOrNothingMadeIsNotAPass)
{
    auto failing = with_totals(4, 4, 4);
    failing.rounds[1].after = answer(alice, 503);
    auto idle = with_totals(4, 4, 4);
    idle.rounds[0].made = 0;
    auto const c = judge({failing, idle});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::api::foreign_count
