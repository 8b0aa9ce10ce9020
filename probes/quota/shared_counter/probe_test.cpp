#include "probes/quota/shared_counter/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::quota::shared_counter {

using namespace testing;

static probe::exchange with_left(int left)
{
    auto e = answer(bob, 200, {}, R"({"n":1})");
    e.head = fmt::format("HTTP/1.1 200 OK\r\nX-RateLimit-Remaining: {}\r\n\r\n", left);
    return e;
}

static round counted(std::vector<int> const& left, std::uint64_t others)
{
    round r;
    r.others = others;
    for (auto const n : left) r.own.push_back(with_left(n));
    return r;
}

static trial of(std::vector<int> const& first, std::vector<int> const& second)
{
    trial t;
    t.other = alice;
    t.rounds = {counted(first, 7), counted(second, 4)};
    return t;
}

TEST(QuotaSharedCounter, CatchesAnAllowanceThatOthersUseUp)
{
    auto const c = judge({of({99, 98, 97, 89}, {88, 87, 86, 81})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].position, "header x-ratelimit-remaining");
}

TEST(QuotaSharedCounter, PassesAnAllowanceOfOnesOwn)
{
    auto const c = judge({of({99, 98, 97, 96}, {95, 94, 93, 92})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 1U);
}

// A list of a service in use is long; to read it once for each of its numbers took minutes.
TEST(QuotaSharedCounter, FindsACounterBesideThousandsOfOtherNumbers)
{
    std::string body = R"({"entries":[)";
    for (int i = 0; i < 5000; ++i) body += fmt::format(R"({{"id":{},"size":{}}},)", i, i * 7);
    body.back() = ']';
    body += "}";
    auto t = of({99, 98, 97, 89}, {88, 87, 86, 81});
    for (auto& r : t.rounds) {
        for (auto& e : r.own) e.body = body;
    }
    EXPECT_EQ(shared_parts(t), std::vector<std::string>{"header x-ratelimit-remaining"});
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(QuotaSharedCounter, AFailedRequestIsNotAPass)
{
    auto t = of({99, 98, 97, 96}, {95, 94, 93, 92});
    t.rounds[1].own[2] = answer(bob, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(QuotaSharedCounter, AnswersWithoutACounterAreNotAPass)
{
    auto const c = judge({of({99, 99, 99, 99}, {99, 99, 99, 99})});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_FALSE(c.not_applicable.empty());
}

} // namespace watertight::probes::quota::shared_counter
