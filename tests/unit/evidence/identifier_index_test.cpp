#include "harness/evidence/observer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

namespace watertight::evidence {

static constexpr owner alice{{0}, {0}, {1}};
static constexpr owner bob{{1}, {0}, {2}};
static constexpr std::string_view uuid = "3f2a9c1e-77b4-4d0a-9a51-0c6b1e2d8f47";

TEST(IdentifierIndex, KeepsWhatIsTooLongToBeMetByChance)
{
    identifier_index index;

    EXPECT_TRUE(index.add(uuid, alice, "tenants"));
    EXPECT_TRUE(index.add("507f1f77bcf86cd799439011", alice, "users"));
    EXPECT_TRUE(
        index.add("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2ln", alice, "token")
    );
    EXPECT_EQ(index.size(), 3U);
    ASSERT_NE(index.find(uuid), nullptr);
    EXPECT_EQ(index.find(uuid)->who, alice);
    EXPECT_EQ(index.find(uuid)->resource, "tenants");
}

TEST(IdentifierIndex, RefusesShortAndPlainOnes)
{
    identifier_index index;
    for (std::string_view const id :
         {"",
          "17",
          "acme",
          "user-17",
          "1234567890123456",
          "1234-5678-9012-3456-7890",
          "00000000-0000-0000-0000-000000000001",
          "11111111-1111-1111-1111-111111111111",
          "aaaaaaaaaaaaaaaaaaaaaaa",
          "a b c d e f g h i j k l m n o p q"})
    {
        EXPECT_FALSE(index.add(id, alice, "x")) << id;
        EXPECT_EQ(index.find(id), nullptr) << id;
    }
    EXPECT_EQ(index.size(), 0U);
}

TEST(IdentifierIndex, FindsAnySpellingOfAUuid)
{
    identifier_index index;
    ASSERT_TRUE(index.add("3F2A9C1E-77B4-4D0A-9A51-0C6B1E2D8F47", alice, "tenants"));
    identifier_index undashed;
    ASSERT_TRUE(undashed.add("3f2a9c1e77b44d0a9a510c6b1e2d8f47", alice, "tenants"));

    for (std::string_view const spelling :
         {"3f2a9c1e-77b4-4d0a-9a51-0c6b1e2d8f47",
          "3f2a9c1e77b44d0a9a510c6b1e2d8f47",
          "3F2A9C1E77B44D0A9A510C6B1E2D8F47",
          "3f2a9c1e_77b4_4d0a_9a51_0c6b1e2d8f47"})
    {
        EXPECT_NE(index.find(spelling), nullptr) << spelling;
        EXPECT_NE(undashed.find(spelling), nullptr) << spelling;
    }
}

TEST(IdentifierIndex, DropsWhatTwoTenantsShare)
{
    identifier_index index;
    ASSERT_TRUE(index.add(uuid, alice, "plans"));

    EXPECT_FALSE(index.add(uuid, bob, "plans"));

    EXPECT_EQ(index.find(uuid), nullptr);
    EXPECT_EQ(index.size(), 0U);
    EXPECT_FALSE(index.add(uuid, alice, "plans"));
}

TEST(IdentifierIndex, KeepsTheFirstOwnerWithinATenant)
{
    identifier_index index;
    ASSERT_TRUE(index.add(uuid, alice, "users"));

    EXPECT_TRUE(index.add(uuid, {{0}, {4}, {9}}, "members"));

    EXPECT_EQ(index.size(), 1U);
    EXPECT_EQ(index.find(uuid)->who, alice);
}

TEST(IdentifierIndex, CopiesAreIndependent)
{
    identifier_index index;
    ASSERT_TRUE(index.add(uuid, alice, "users"));
    auto copy = index;
    ASSERT_TRUE(copy.add("507f1f77bcf86cd799439011", bob, "users"));

    EXPECT_EQ(index.size(), 1U);
    EXPECT_EQ(copy.size(), 2U);
    EXPECT_NE(copy.find(uuid), nullptr);
}

TEST(IdentifierIndex, CopiesShareWhatTheOriginalHeld)
{
    identifier_index index;
    ASSERT_TRUE(index.add(uuid, alice, "users"));
    auto const copy = index;
    auto const second = copy;

    EXPECT_EQ(copy.find(uuid), index.find(uuid));
    EXPECT_EQ(second.find(uuid), index.find(uuid));
    EXPECT_EQ(second.size(), 1U);
}

TEST(IdentifierIndex, AdditionsToEitherStayWithIt)
{
    identifier_index index;
    ASSERT_TRUE(index.add(uuid, alice, "users"));
    auto copy = index;
    ASSERT_TRUE(index.add("507f1f77bcf86cd799439011", alice, "users"));
    ASSERT_TRUE(copy.add("507f1f77bcf86cd799439012", bob, "users"));
    auto const later = index;

    EXPECT_EQ(copy.find("507f1f77bcf86cd799439011"), nullptr);
    EXPECT_EQ(index.find("507f1f77bcf86cd799439012"), nullptr);
    ASSERT_NE(later.find("507f1f77bcf86cd799439011"), nullptr);
    EXPECT_EQ(later.size(), 2U);
}

TEST(IdentifierIndex, ACopyOutlivesItsOriginal)
{
    auto index = std::make_unique<identifier_index>();
    ASSERT_TRUE(index->add(uuid, alice, "users"));
    auto const copy = *index;
    index.reset();

    ASSERT_NE(copy.find(uuid), nullptr);
    EXPECT_EQ(copy.find(uuid)->resource, "users");
}

TEST(IdentifierIndex, WhatACopySharesWithItsOwnTenantsIsDroppedThereAlone)
{
    identifier_index index;
    ASSERT_TRUE(index.add(uuid, alice, "plans"));
    auto copy = index;

    EXPECT_FALSE(copy.add("3f2a9c1e_77b4_4d0a_9a51_0c6b1e2d8f47", bob, "plans"));

    EXPECT_EQ(copy.find(uuid), nullptr);
    EXPECT_EQ(copy.size(), 0U);
    EXPECT_FALSE(copy.add(uuid, alice, "plans"));
    ASSERT_NE(index.find(uuid), nullptr);
    EXPECT_EQ(index.size(), 1U);
    auto const later = copy;
    EXPECT_EQ(later.find(uuid), nullptr);
}

TEST(IdentifierIndex, KnowsAnIdWithItsDashesAsUnderscores)
{
    identifier_index index;
    ASSERT_TRUE(index.add("acme-corp-7f3d9a2e", alice, "tenants"));
    ASSERT_TRUE(index.add("key:acme-corp-7f3d9a2f", bob, "tenants"));

    EXPECT_NE(index.find("ACME_corp_7f3d9a2e"), nullptr);
    EXPECT_NE(index.find("key:acme_corp_7f3d9a2f"), nullptr);
    EXPECT_EQ(index.find("acme_corp-7f3d9a2e"), nullptr);
    EXPECT_EQ(index.find("acmecorp7f3d9a2e"), nullptr);
}

TEST(IdentifierIndex, HoldsManyAndConfusesNone)
{
    identifier_index index;
    auto const id_of = [](std::uint32_t n) {
        return fmt::format("usr_{:08x}_abcdef{:06x}", n * 2654435761U, n);
    };
    for (std::uint32_t n = 0; n < 20'000; ++n)
        ASSERT_TRUE(index.add(id_of(n), {{n}, {}, {n}}, "u"));

    EXPECT_EQ(index.size(), 20'000U);
    for (std::uint32_t n = 0; n < 20'000; ++n) ASSERT_EQ(index.find(id_of(n))->who.tenant.value, n);
    EXPECT_EQ(index.find(id_of(20'001)), nullptr);
}

} // namespace watertight::evidence
