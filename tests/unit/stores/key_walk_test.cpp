#include "harness/stores/key_walk.hpp"

#include <gtest/gtest.h>

namespace watertight::stores {

TEST(KeyWalk, KnowsWhichDatabasesHoldKeys)
{
    auto const* const told = "# Keyspace\r\ndb0:keys=7,expires=0,avg_ttl=0\r\n"
                             "db13:keys=1,expires=1,avg_ttl=900\r\n";
    EXPECT_EQ(databases_in(told), (std::vector<unsigned>{0, 13}));
    EXPECT_TRUE(databases_in("# Keyspace\r\n").empty());
    EXPECT_TRUE(databases_in("dbsize:7\r\ndb").empty());
}

} // namespace watertight::stores
