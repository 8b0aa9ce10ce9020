#include "harness/drill/marks.hpp"
#include "harness/drill/redis_fingerprint.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

TEST(DrillKeyName, WhatVariesIsStarred)
{
    EXPECT_EQ(name_of_key("session:8f3a2c4d5e6f7a8b", {}).family, "session:*");
    EXPECT_EQ(name_of_key("user:17:cart", {}).family, "user:*:cart");
    EXPECT_EQ(name_of_key("config", {}).family, "config");
}

TEST(DrillKeyName, TheTenantIsToldByAWordBeforeItOrByItsName)
{
    EXPECT_EQ(name_of_key("tenant:acme:user:7", {}).tenant, "acme");
    EXPECT_EQ(name_of_key("tenant:acme:user:7", {}).family, "tenant:*:user:*");
    EXPECT_EQ(name_of_key("zoptal:acme:quota", {"acme"}).tenant, "acme");
    EXPECT_EQ(name_of_key("zoptal:acme:quota", {"acme"}).family, "zoptal:*:quota");
    EXPECT_FALSE(name_of_key("zoptal:acme:quota", {"other"}).tenant);
}

TEST(DrillMarks, CanariesAndTheirNumbersAreFoundInAnyCase)
{
    std::string const canary = "zq7kabcdefghijklmnopqrstuvwx";

    auto const seen = marks_in("x" + canary + " and 4503599627370497, 12345678901234567");

    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0], "4503599627370497");
    EXPECT_EQ(seen[1], canary);
    EXPECT_EQ(marks_in("ZQ7KABCDEFGHIJKLMNOPQRSTUVWX").at(0), canary);
    EXPECT_TRUE(marks_in("zq7kshort").empty());
}

} // namespace watertight::drill
