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

static target::population two_tenants()
{
    target::population out;
    for (auto const* const slug : {"acme", "globex"}) {
        auto& t = out.tenants.emplace_back();
        t.slug = slug;
        t.attributes.set("id", std::string{slug} + "-id");
    }
    return out;
}

TEST(StoreScan, NamesAFamilyOfKeys)
{
    auto const made = two_tenants();
    EXPECT_EQ(key_family("tenant:acme:user:42", made), "tenant:*:user:*");
    EXPECT_EQ(key_family("user:6f9619ff-8b86-d011-b42d-00cf4fc964ff", made), "user:*");
    EXPECT_EQ(key_family("acme-id/files/7", made), "*/files/*");
    EXPECT_EQ(key_family("settings", made), "settings");
    EXPECT_EQ(key_family("", made), "");
}

} // namespace watertight::probe
