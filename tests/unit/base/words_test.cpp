#include "harness/base/words.hpp"

#include <gtest/gtest.h>

using watertight::singular;

TEST(Words, KnowsTheSingularOfResources)
{
    EXPECT_EQ(singular("users"), "user");
    EXPECT_EQ(singular("companies"), "company");
    EXPECT_EQ(singular("addresses"), "address");
    EXPECT_EQ(singular("address"), "address");
    EXPECT_EQ(singular("status"), "status");
    EXPECT_EQ(singular("staff"), "staff");
    EXPECT_EQ(singular("s"), "s");
    EXPECT_EQ(singular(""), "");
}
