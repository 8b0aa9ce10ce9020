#include "harness/lint/mongo.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::mongo::wide_roles {

lint::mongo_unit lint();

static lint::mongo_facts with(char const* role)
{
    lint::mongo_facts out;
    out.users.push_back({"app", "admin", {{role, "app"}}});
    return out;
}

TEST(LintMongoWideRoles, CatchesARoleForEveryDatabase)
{
    EXPECT_EQ(lint().judge(with("readWriteAnyDatabase")).size(), 1U);
}

TEST(LintMongoWideRoles, PassesARoleForOne)
{
    EXPECT_TRUE(lint().judge(with("readWrite")).empty());
}

} // namespace watertight::probes::mongo::wide_roles
