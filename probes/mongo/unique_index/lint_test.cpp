#include "harness/lint/mongo.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::mongo::unique_index {

lint::mongo_unit lint();

static lint::mongo_facts with(std::vector<std::string> fields, bool is_unique)
{
    lint::mongo_facts out;
    out.tenant_field = "tenant_id";
    lint::mongo_facts::collection c{"app", "things", 100, 0, {}};
    c.indexes.push_back({"one", std::move(fields), is_unique});
    out.collections.push_back(std::move(c));
    return out;
}

TEST(LintMongoUniqueIndex, CatchesOneWithoutTheTenant)
{
    auto const found = lint().judge(with({"email"}, true));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].object, "app.things one");
}

TEST(LintMongoUniqueIndex, PassesTheTenantsOwnAndTheId)
{
    EXPECT_TRUE(lint().judge(with({"tenant_id", "email"}, true)).empty());
    EXPECT_TRUE(lint().judge(with({"email", "tenant_id"}, true)).empty());
    EXPECT_TRUE(lint().judge(with({"tenant_id.key", "email"}, true)).empty());
    EXPECT_TRUE(lint().judge(with({"_id"}, true)).empty());
    EXPECT_TRUE(lint().judge(with({"email"}, false)).empty());
}

} // namespace watertight::probes::mongo::unique_index
