#include "harness/traffic/user_queue.hpp"

#include <gtest/gtest.h>

namespace watertight::traffic {

static steady::time_point at(int ms)
{
    return steady::time_point{} + std::chrono::milliseconds{ms};
}

TEST(UserQueue, ThinkersComeBackInTheOrderInWhichTheyFinish)
{
    user_queue q{3};
    q.think(0, at(30));
    q.think(1, at(10));
    q.think(2, at(20));

    EXPECT_EQ(q.next_due(), at(10));
    EXPECT_FALSE(q.take_due(at(9)));
    EXPECT_EQ(q.take_due(at(25)), 1);
    EXPECT_EQ(q.take_due(at(25)), 2);
    EXPECT_FALSE(q.take_due(at(25)));
    EXPECT_EQ(q.take_due(at(30)), 0);
    EXPECT_FALSE(q.next_due());
}

TEST(UserQueue, WhoWaitsForAConnectionIsServedInTurn)
{
    user_queue q{2};
    q.wait(1, at(5));
    q.wait(0, at(6));

    auto const first = q.take_waiting();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->user, 1);
    EXPECT_EQ(first->since, at(5));
    EXPECT_EQ(q.take_waiting()->user, 0);
    EXPECT_FALSE(q.take_waiting());
}

TEST(UserQueue, WhoDoesNotThinkIsServedInTurn)
{
    user_queue q{3};
    q.hurry(2);
    q.hurry(0);

    EXPECT_EQ(q.take_hurried(), 2);
    EXPECT_EQ(q.take_hurried(), 0);
    EXPECT_FALSE(q.take_hurried());
}

TEST(UserQueue, TheLastToLeaveClosesThePhase)
{
    user_queue q{2};

    EXPECT_FALSE(q.retire());
    EXPECT_TRUE(q.retire());
    EXPECT_EQ(q.left(), 0);
}

} // namespace watertight::traffic
