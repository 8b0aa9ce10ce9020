#include "harness/probe/store_scan.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

TEST(StoreScan, MatchesPatternsAsRedisDoes)
{
    EXPECT_TRUE(glob_matches("tenant:7:*", "tenant:7:user:9"));
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("a?c*", "abcde"));
    EXPECT_TRUE(glob_matches("*:user:*", "tenant:7:user:9"));
    // The classic: t1 must not be taken for t10.
    EXPECT_FALSE(glob_matches("tenant:1:*", "tenant:10:user:9"));
    EXPECT_FALSE(glob_matches("abc", "abcd"));
    EXPECT_FALSE(glob_matches("a*b", "acd"));
}

} // namespace watertight::probe
