#include "harness/probe/redis_scan.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

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

TEST(RedisScan, NamesAFamilyOfKeys)
{
    key_families const families{two_tenants()};
    EXPECT_EQ(families.of("tenant:acme:user:42"), "tenant:*:user:*");
    EXPECT_EQ(families.of("user:6f9619ff-8b86-d011-b42d-00cf4fc964ff"), "user:*");
    EXPECT_EQ(families.of("acme-id/files/7"), "*/files/*");
    EXPECT_EQ(families.of("{acme}:cart:42"), "{*}:cart:*");
    EXPECT_EQ(families.of("{tenant:acme}:cart"), "{tenant:*}:cart");
    EXPECT_EQ(families.of("settings"), "settings");
    EXPECT_EQ(families.of(""), "");
}

TEST(RedisScan, KnowsKeysThatNameATenantOfTheRun)
{
    key_families const families{two_tenants()};
    EXPECT_TRUE(families.names_somebody("tenant:acme:user:42"));
    EXPECT_TRUE(families.names_somebody("{globex-id}.cart"));
    EXPECT_FALSE(families.names_somebody("tenant:acme2:user:42"));
    EXPECT_FALSE(families.names_somebody(""));
}

TEST(RedisScan, ANameWithinALongerOneIsNotNamed)
{
    EXPECT_TRUE(names_word("tenant:wt-1:user", "wt-1"));
    EXPECT_TRUE(names_word("wt-1", "wt-1"));
    EXPECT_FALSE(names_word("tenant:wt-10:user", "wt-1"));
    EXPECT_FALSE(names_word("tenant:awt-1:user", "wt-1"));
    EXPECT_TRUE(names_word("awt-1:wt-1", "wt-1"));
    EXPECT_FALSE(names_word("tenant", ""));
}

TEST(RedisScan, SaysHowMuchWasNotRead)
{
    redis_walk walked;
    walked.keys = 1'000;
    EXPECT_TRUE(walked.bound().empty());
    walked.one_in = 10;
    walked.read = 100;
    EXPECT_NE(walked.bound().find("1000 keys: the values of 100"), std::string::npos);
}

} // namespace watertight::probe
