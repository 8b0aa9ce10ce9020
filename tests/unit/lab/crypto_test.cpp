#include "scenarios/lab/core/crypto.hpp"

#include <gtest/gtest.h>

#include <set>

namespace watertight::lab {

TEST(Crypto, WhatIsSealedOpensWithItsKeyAndItsBoundText)
{
    std::string const key(32, 'k');

    auto const sealed = seal(key, "the secret", "tenant/key");

    EXPECT_EQ(sealed.find("secret"), std::string::npos);
    EXPECT_EQ(unseal(key, sealed, "tenant/key"), "the secret");
}

TEST(Crypto, AnotherKeyOrTenantOrAFlippedBitOpensNothing)
{
    std::string const key(32, 'k');
    auto sealed = seal(key, "the secret", "tenant a");

    EXPECT_EQ(unseal(std::string(32, 'x'), sealed, "tenant a"), std::nullopt);
    EXPECT_EQ(unseal(key, sealed, "tenant b"), std::nullopt);
    sealed[15] = static_cast<char>(sealed[15] ^ 1);
    EXPECT_EQ(unseal(key, sealed, "tenant a"), std::nullopt);
    EXPECT_EQ(unseal(key, "short", "tenant a"), std::nullopt);
}

TEST(Crypto, PasswordsMatchOnlyThemselvesAndSaltDiffers)
{
    auto const stored = hash_password("Correct-Horse1");

    EXPECT_TRUE(password_matches("Correct-Horse1", stored));
    EXPECT_FALSE(password_matches("correct-horse1", stored));
    EXPECT_FALSE(password_matches("Correct-Horse1", "pbkdf2$0$$"));
    EXPECT_NE(stored, hash_password("Correct-Horse1"));
}

TEST(Crypto, RandomIdentifiersAreUuidsAndDiffer)
{
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random_uuid());

    EXPECT_EQ(seen.size(), 1000U);
    for (auto const& id : seen) EXPECT_TRUE(is_uuid(id)) << id;
    EXPECT_FALSE(is_uuid("not-a-uuid"));
    EXPECT_FALSE(is_uuid("00000000-0000-0000-0000-00000000000g"));
}

TEST(Crypto, HmacIsThatOfRfc4231)
{
    auto const mac = hmac_sha256("Jefe", "what do ya want for nothing?");

    EXPECT_EQ(static_cast<unsigned char>(mac[0]), 0x5b);
    EXPECT_EQ(static_cast<unsigned char>(mac[31]), 0x43);
}

} // namespace watertight::lab
