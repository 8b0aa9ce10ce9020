#include "harness/probe/redis_keys.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

static tenant_name_set two_tenants()
{
    target::population made;
    for (auto const* const slug : {"acme", "globex"}) {
        auto& t = made.tenants.emplace_back();
        t.slug = slug;
        t.attributes.set("id", std::string{slug} + "-id");
    }
    return names_of_tenants(made);
}

TEST(RedisKeys, WhatVariesIsStarred)
{
    auto const all = two_tenants();
    EXPECT_EQ(name_of_key("user:6f9619ff-8b86-d011-b42d-00cf4fc964ff", all).family, "user:*");
    EXPECT_EQ(name_of_key("acme-id/files/7", all).family, "*/files/*");
    EXPECT_EQ(name_of_key("{acme}:cart:42", all).family, "{*}:cart:*");
    EXPECT_EQ(name_of_key("session:8f3a2c4d5e6f7a8b", {}).family, "session:*");
    EXPECT_EQ(name_of_key("settings", all).family, "settings");
    EXPECT_EQ(name_of_key("", all).family, "");
}

TEST(RedisKeys, TheTenantStandsBehindAWordForIt)
{
    EXPECT_EQ(name_of_key("tenant:acme:cart", {}).family, "tenant:*:cart");
    EXPECT_EQ(name_of_key("tenant:acme:cart", {}).tenant, "acme");
    EXPECT_EQ(name_of_key("{tenant:acme}:cart", {}).family, "{tenant:*}:cart");
    EXPECT_EQ(name_of_key("app:tenant:{acme}:cart", {}).tenant, "acme");
    EXPECT_EQ(name_of_key("orgs/acme/cart", {}).family, "orgs/*/cart");
    EXPECT_EQ(name_of_key("cart:{acme}", {}).family, "cart:{acme}");
    EXPECT_FALSE(name_of_key("cart:{acme}", {}).tenant);
    EXPECT_FALSE(name_of_key("cart:tenant", {}).tenant);
}

TEST(RedisKeys, ATenantThatIsKnownIsNamedWhereverItStands)
{
    EXPECT_EQ(name_of_key("zoptal:acme:quota", {"acme"}).tenant, "acme");
    EXPECT_EQ(name_of_key("zoptal:acme:quota", {"acme"}).family, "zoptal:*:quota");
    EXPECT_FALSE(name_of_key("zoptal:acme:quota", {"other"}).tenant);
    EXPECT_EQ(name_of_key("team:7:acme", {"acme"}).tenant, "acme");
    auto const all = two_tenants();
    EXPECT_TRUE(names_somebody("tenant:acme:user:42", all));
    EXPECT_TRUE(names_somebody("{globex-id}.cart", all));
    EXPECT_FALSE(names_somebody("tenant:acme2:user:42", all));
    EXPECT_FALSE(names_somebody("", all));
}

TEST(RedisKeys, ANameWithinALongerOneIsNotNamed)
{
    EXPECT_TRUE(names_word("tenant:wt-1:user", "wt-1"));
    EXPECT_TRUE(names_word("wt-1", "wt-1"));
    EXPECT_FALSE(names_word("tenant:wt-10:user", "wt-1"));
    EXPECT_FALSE(names_word("tenant:awt-1:user", "wt-1"));
    EXPECT_TRUE(names_word("awt-1:wt-1", "wt-1"));
    EXPECT_FALSE(names_word("tenant", ""));
}

} // namespace watertight::probe
