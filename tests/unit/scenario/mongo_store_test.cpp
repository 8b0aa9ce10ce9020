#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

static std::string with_mongo(std::string_view lines)
{
    return shop_and(fmt::format("stores:\n  mongo:\n{}", lines));
}

TEST(MongoStoreOfAScenario, IsCompiled)
{
    auto const s = good(with_mongo(R"(    url: mongodb://root:secret@127.0.0.1:27017/app
    tenant_field: meta.tenant
    tenant_value: "{tenant.slug}"
    databases: "tenant_{tenant.slug}_db"
    collections: ["tenant_{tenant.slug}_*", "{tenant.id}.*"]
    exclude: [plans, "audit.*"]
)"));
    ASSERT_TRUE(s.target.mongo);
    EXPECT_EQ(s.target.mongo->tenant_field, "meta.tenant");
    EXPECT_TRUE(s.target.mongo->tenant_value.mentions("tenant.slug"));
    EXPECT_EQ(s.target.mongo->databases.size(), 1U);
    EXPECT_EQ(s.target.mongo->collections.size(), 2U);
    EXPECT_EQ(s.target.mongo->exclude, (std::vector<std::string>{"plans", "audit.*"}));
    EXPECT_EQ(s.store_urls.at("mongo"), "mongodb://root:secret@127.0.0.1:27017/app");
}

TEST(MongoStoreOfAScenario, AnEmptyUrlSwitchesItOff)
{
    auto const s = good(with_mongo("    url: ''\n    tenant_field: t\n"));
    EXPECT_FALSE(s.target.mongo);
}

TEST(MongoStoreOfAScenario, MustSayWhoseADocumentIs)
{
    auto const problems = problems_of(with_mongo("    url: mongodb://127.0.0.1/\n"));
    EXPECT_NE(problems.find("neither by tenant_field"), std::string::npos) << problems;
}

TEST(MongoStoreOfAScenario, AnAddressThatLeadsElsewhereIsAProblemThatRepeatsNothing)
{
    auto const problems = problems_of(
        with_mongo("    url: mongodb://u:secret@a,b/?replicaSet=r\n    tenant_field: t\n")
    );
    EXPECT_NE(problems.find("replica set"), std::string::npos) << problems;
    EXPECT_EQ(problems.find("secret"), std::string::npos) << problems;
}

TEST(MongoStoreOfAScenario, AHostThatIsNotAllowedIsAProblem)
{
    auto const problems =
        problems_of(with_mongo("    url: mongodb://db.example.com/\n    tenant_field: t\n"));
    EXPECT_NE(problems.find("db.example.com"), std::string::npos) << problems;
}

TEST(MongoStoreOfAScenario, CanBeFingerprintedButTakesNoSql)
{
    std::string const store = "    url: mongodb://127.0.0.1/\n    tenant_field: t\n";
    std::string const drill = "drill:\n  rollback:\n    - {sql: select 1, store: mongo}\n";
    auto const problems = problems_of(with_mongo(store + drill));
    EXPECT_NE(problems.find("takes no SQL"), std::string::npos) << problems;

    auto const s = good(with_mongo(
        store + "drill:\n  rollback:\n    - {command: [\"true\"]}\n  fingerprint: {store: mongo}\n"
    ));
    EXPECT_EQ(s.drill.fingerprints.at(0).store, "mongo");
}

} // namespace watertight::scenario
