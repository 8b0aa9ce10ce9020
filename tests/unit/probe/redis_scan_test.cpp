#include "harness/probe/redis_scan.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

TEST(RedisScan, SaysHowMuchWasNotRead)
{
    redis_walk walked;
    walked.keys = 1'000;
    EXPECT_TRUE(walked.bound().empty());
    walked.one_in = 10;
    walked.read = 100;
    EXPECT_NE(walked.bound().find("1000 keys: the values of 100"), std::string::npos);
}

TEST(RedisScan, SaysThatALargeValueWasNotReadToItsEnd)
{
    redis_walk walked;
    walked.cut = 2;
    walked.cut_key = "events";
    EXPECT_NE(
        walked.bound().find("2 keys with more elements than are read, such as events"),
        std::string::npos
    );
}

TEST(RedisScan, NamesADatabaseThatIsNotTheStoresOwn)
{
    EXPECT_EQ((redis_place{{}, "user:7"}).name(), "user:7");
    EXPECT_EQ((redis_place{3, "user:7"}).name(), "db3:user:7");
    EXPECT_EQ((redis_place{3, "user:7"}).name_among({}).family, "db*:user:*");
}

} // namespace watertight::probe
