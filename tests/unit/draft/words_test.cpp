// How: names as documents have them, and what is made of them.

#include "harness/draft/paths.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <gtest/gtest.h>

namespace watertight::draft {

TEST(DraftWords, NamesOfOwnersAreRecognisedHoweverTheyAreWritten)
{
    for (auto const* const name : {"tenant_id", "tenantId", "X-Tenant-ID", "tenants", "TenantUUID"})
    {
        EXPECT_EQ(owner_word_of(name).stem, "tenant") << name;
    }
    for (auto const* const name :
         {"org", "orgId", "organization_id", "organizations", "organization_id_or_slug"})
    {
        EXPECT_EQ(owner_word_of(name).stem, "organization") << name;
    }
    EXPECT_EQ(owner_word_of("colour").weight, 0);
    EXPECT_EQ(owner_word_of("order_id").weight, 0);
    EXPECT_GT(owner_word_of("tenant").weight, owner_word_of("project").weight);
}

TEST(DraftWords, PluralsLoseTheirEnding)
{
    EXPECT_EQ(singular_of("categories"), "category");
    EXPECT_EQ(singular_of("boxes"), "box");
    EXPECT_EQ(singular_of("orders"), "order");
    EXPECT_EQ(singular_of("address"), "address");
    EXPECT_EQ(singular_of("bus"), "bus");
}

TEST(DraftWords, NamesForScenarioAndEnvironmentHaveNoOtherCharacters)
{
    EXPECT_EQ(scenario_name("pet store/v2"), "pet_store_v2");
    EXPECT_EQ(scenario_name("\xe2\x82\xac"), "x");
    EXPECT_EQ(variable_name("My API, 2nd"), "MY_API_2ND");
    EXPECT_EQ(variable_name("3scale"), "API_3SCALE");
    EXPECT_LE(variable_name(std::string(100, 'a')).size(), 24U);
}

TEST(DraftWords, SecretsAreKnownByName)
{
    EXPECT_TRUE(is_secret_field("newPassword"));
    EXPECT_TRUE(is_secret_field("client_secret"));
    EXPECT_TRUE(is_secret_field("api_key"));
    EXPECT_FALSE(is_secret_field("name"));
}

TEST(DraftPaths, EndingsAndSlashesDoNotCount)
{
    auto const path = segments_of("/orgs/{org}//users/{id}.json");
    ASSERT_EQ(path.size(), 4U);
    EXPECT_TRUE(path[1].is_parameter());
    EXPECT_EQ(path[3].name, "id");
    EXPECT_EQ(shape_of(path, 4), shape_of(segments_of("/Orgs/{o}/users/{user}"), 4));
}

TEST(DraftPointers, TheIdAndTheListAreFoundInUsualAnswers)
{
    auto const answer = [](char const* text) { return json_value::parse(text); };
    EXPECT_EQ(id_pointer(answer(R"({"id": 1})"), {"petId", "pets"}), "/id");
    EXPECT_EQ(id_pointer(answer(R"({"data": {"id": 1}})"), {"petId", "pets"}), "/data/id");
    EXPECT_EQ(id_pointer(answer(R"({"pet": {"petId": 1}})"), {"petId", "pets"}), "/pet/petId");
    EXPECT_EQ(id_pointer(answer(R"({"name": ""})"), {"petId", "pets"}), "");
    EXPECT_EQ(items_pointer(answer("[{}]"), "pets"), "");
    EXPECT_EQ(items_pointer(answer(R"({"tags": [""], "pets": [{}]})"), "pets"), "/pets");
    EXPECT_EQ(items_pointer(answer(R"({"n": 1})"), "pets"), std::nullopt);
}

} // namespace watertight::draft
