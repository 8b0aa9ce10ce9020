#include "harness/traffic/read_check.hpp"

#include <gtest/gtest.h>

namespace watertight::traffic {

using evidence::outcome;
using evidence::read_judgement;
using evidence::write_kind;

class ReadCheck : public testing::Test {
protected:
    ReadCheck()
    {
        object.canary = first;
        object.resource = "notes";
        live.data = &object;
        live.is_ours = true;
    }

    static steady::time_point at(int s) { return steady::time_point{} + std::chrono::seconds{s}; }

    read_back shows(std::vector<std::string_view> canaries, int s)
    {
        shown.assign(canaries.size(), {});
        for (std::size_t i = 0; i < canaries.size(); ++i) {
            std::ranges::copy(canaries[i], shown[i].begin());
        }
        return {.canaries = shown, .asked = at(s), .answered = at(s)};
    }
    read_back shows_nothing(int s) { return {.present = false, .asked = at(s), .answered = at(s)}; }

    std::optional<read_judgement> judge(read_back const& seen, bool removed = false)
    {
        return check.judge(live, 0, removed, seen);
    }

    void write(write_kind kind, std::string canary, int s)
    {
        check.begin_history(live);
        check.record(
            {.object = key_of(object),
             .kind = kind,
             .result = outcome::ok,
             .canary = std::move(canary),
             .invoked = at(s),
             .completed = at(s)}
        );
        live.settled = at(s);
    }

    static constexpr auto first = "zq7kaaaaaaaaaaaaaaaaaaaaaaaa";
    static constexpr auto second = "zq7kbbbbbbbbbbbbbbbbbbbbbbbb";
    static constexpr auto other = "zq7kcccccccccccccccccccccccc";
    std::vector<canary_text> shown;
    target::object object;
    live_object live;
    read_check check{1, nullptr};
};

TEST_F(ReadCheck, ExpectedValueIsCurrentInEitherCase)
{
    EXPECT_EQ(judge(shows({first}, 1)), read_judgement::current);
    EXPECT_EQ(judge(shows({other, "ZQ7KAAAAAAAAAAAAAAAAAAAAAAAA"}, 1)), read_judgement::current);
}

TEST_F(ReadCheck, WithoutAPositiveControlNothingIsJudged)
{
    EXPECT_FALSE(judge(shows({other}, 1)));
    EXPECT_FALSE(judge(shows({}, 1)));
    EXPECT_FALSE(judge(shows_nothing(1)));
}

TEST_F(ReadCheck, AnotherValueIsAltered)
{
    judge(shows({first}, 1));

    EXPECT_EQ(judge(shows({other}, 2)), read_judgement::altered);
}

TEST_F(ReadCheck, AbsenceIsLoss)
{
    judge(shows({first}, 1));

    EXPECT_EQ(judge(shows_nothing(2)), read_judgement::lost);
}

TEST_F(ReadCheck, AReplacedValueIsStale)
{
    judge(shows({first}, 1));
    write(write_kind::update, second, 2);

    EXPECT_EQ(judge(shows({second}, 3)), read_judgement::current);
    EXPECT_EQ(judge(shows({first}, 3)), read_judgement::stale);
    EXPECT_EQ(judge(shows({other}, 3)), read_judgement::altered);
}

TEST_F(ReadCheck, AWriteMayTakeItsTimeToShow)
{
    judge(shows({first}, 1));
    write(write_kind::update, second, 2);
    auto early = shows({first}, 3);
    early.within = 5s;
    auto none = shows_nothing(3);
    none.within = 5s;

    EXPECT_FALSE(judge(early));
    EXPECT_FALSE(judge(none));
    early.asked = at(8);
    EXPECT_EQ(judge(early), read_judgement::stale);
}

TEST_F(ReadCheck, NothingIsJudgedWhileAWriteIsUnderWay)
{
    judge(shows({first}, 1));
    live.writes_in_flight = 1;

    EXPECT_FALSE(judge(shows({other}, 2)));
    EXPECT_FALSE(judge(shows_nothing(2)));
}

TEST_F(ReadCheck, WhatAnotherCoreWritesToIsNotJudged)
{
    judge(shows({first}, 1));
    live.is_ours = false;

    EXPECT_FALSE(judge(shows({other}, 2)));
}

TEST_F(ReadCheck, ARemovedObjectShouldBeGone)
{
    judge(shows({first}, 1));
    write(write_kind::remove, "", 2);

    EXPECT_EQ(judge(shows_nothing(3), true), read_judgement::absent);
    EXPECT_EQ(judge(shows({first}, 3), true), read_judgement::stale);
}

TEST_F(ReadCheck, EarlierWritesSetTheExpectation)
{
    evidence::ledger before;
    before.record(
        {.object = key_of(object),
         .kind = write_kind::create,
         .result = outcome::ok,
         .canary = second,
         .invoked = at(0),
         .completed = at(0)}
    );
    read_check informed{1, &before};

    EXPECT_EQ(informed.judge(live, 0, false, shows({second}, 1)), read_judgement::current);
    EXPECT_EQ(informed.judge(live, 0, false, shows({first}, 1)), read_judgement::altered);
}

} // namespace watertight::traffic
