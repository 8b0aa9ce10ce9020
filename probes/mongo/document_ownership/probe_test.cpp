#include "probes/mongo/document_ownership/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::mongo::document_ownership {

using namespace testing;

static std::vector<std::pair<tenant_index, std::string>> const nobody_planted;

static trial::group
group_of(tenant_index owner, std::optional<std::string> stored, std::optional<tenant_index> names)
{
    trial::group g;
    g.token = canary_of(owner);
    g.stored = std::move(stored);
    g.stored_tenant = names;
    g.id = "\"7\"";
    g.count = 2;
    return g;
}

static trial shared(trial::group g)
{
    trial t;
    t.name = "app.things";
    t.tenant_field = "tenant_id";
    t.groups.push_back(std::move(g));
    return t;
}

static trial own_of(std::set<tenant_index> homes, trial::group g)
{
    trial t;
    t.name = "tenant_bob_db.things";
    t.homes = std::move(homes);
    t.groups.push_back(std::move(g));
    return t;
}

TEST(MongoDocumentOwnership, CatchesADocumentUnderAnotherTenant)
{
    auto const c = judge({shared(group_of(alice, "t-bob", bob))}, nobody_planted);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
    EXPECT_EQ(c.violations[0].channel, "mongo app.things");
}

TEST(MongoDocumentOwnership, CatchesADocumentUnderNobody)
{
    auto const c = judge({shared(group_of(alice, std::nullopt, std::nullopt))}, nobody_planted);
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].intruder, std::nullopt);
}

TEST(MongoDocumentOwnership, CatchesADocumentInAnotherTenantsDatabase)
{
    auto const c = judge({own_of({bob}, group_of(alice, std::nullopt, std::nullopt))}, {});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].intruder, bob);
}

TEST(MongoDocumentOwnership, PassesDocumentsWhereTheirOwnersStand)
{
    auto const c = judge(
        {shared(group_of(alice, "t-alice", alice)),
         own_of({bob}, group_of(bob, std::nullopt, std::nullopt))},
        {{alice, "alice"}, {bob, "bob"}}
    );
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(MongoDocumentOwnership, AStoreWithoutCanariesIsNotAPass)
{
    EXPECT_EQ(judge({}, nobody_planted).undecided.size(), 1U);
}

TEST(MongoDocumentOwnership, ATenantOfWhomNothingWasFoundIsNotAPass)
{
    auto const c =
        judge({shared(group_of(alice, "t-alice", alice))}, {{alice, "alice"}, {bob, "bob"}});
    ASSERT_EQ(c.undecided.size(), 1U);
    EXPECT_NE(c.undecided[0].find("bob"), std::string::npos);
}

TEST(MongoDocumentOwnership, ReadsNestedFieldsAndIdsAsText)
{
    auto const document = stores::mongo_document::parse(
        R"({"meta": {"tenant": "t-1"}, "owner": {"$oid": "0123"}, "n": 7, "none": null})"
    );
    using texts = std::vector<std::string>;
    EXPECT_EQ(probe::field_texts(document, "meta.tenant"), texts{"t-1"});
    EXPECT_EQ(probe::field_texts(document, "owner"), texts{"0123"});
    EXPECT_EQ(probe::field_texts(document, "n"), texts{"7"});
    EXPECT_TRUE(probe::field_texts(document, "none").empty());
    EXPECT_TRUE(probe::field_texts(document, "meta.tenant.deeper").empty());
}

TEST(MongoDocumentOwnership, ReadsWhateverDriversMakeOfATenantsId)
{
    auto const document = stores::mongo_document::parse(
        R"({"uuid": {"$binary": {"base64": "exycHpPGSgqMPh0rPE1ebw==", "subType": "04"}},)"
        R"("other": {"$binary": {"base64": "AAE=", "subType": "00"}},)"
        R"("ref": {"$ref": "tenants", "$id": {"$oid": "0123"}}, "orgs": ["t-1", {"$oid": "0123"}]})"
    );
    using texts = std::vector<std::string>;
    EXPECT_EQ(probe::field_texts(document, "uuid"), texts{"7b1c9c1e-93c6-4a0a-8c3e-1d2b3c4d5e6f"});
    EXPECT_EQ(probe::field_texts(document, "ref"), texts{"0123"});
    EXPECT_EQ(probe::field_texts(document, "orgs"), (texts{"t-1", "0123"}));
    EXPECT_NE(probe::field_texts(document, "other").at(0), "");
}

// How: collections are the tenants' own, this one is nobody's, and no field is known.
TEST(MongoDocumentOwnership, OfACollectionThatIsNobodysTheDocumentMustSayWhoseItIs)
{
    auto t = shared(group_of(alice, std::nullopt, std::nullopt));
    t.tenant_field.clear();
    EXPECT_EQ(judge({t}, {}).violations.size(), 1U);
    t.groups = {group_of(alice, "t-bob", bob)};
    ASSERT_EQ(judge({t}, {}).violations.size(), 1U);
    EXPECT_EQ(judge({t}, {}).violations[0].intruder, bob);
    t.groups = {group_of(alice, "t-alice", alice)};
    EXPECT_TRUE(judge({t}, {}).violations.empty());
}

} // namespace watertight::probes::mongo::document_ownership
