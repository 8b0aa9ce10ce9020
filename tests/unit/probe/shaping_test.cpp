#include "harness/probe/shaping.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probe {

TEST(Shaping, AReferenceIsCalledByItsStem)
{
    EXPECT_EQ(stem_of_reference("coverFileId"), "coverFile");
    EXPECT_EQ(stem_of_reference("tags"), "tags");
}

TEST(Shaping, WhatIsReferredToIsAskedForUnderAllUsualNames)
{
    auto const asked = expanding("cover,owner");
    auto const has = [&](std::string_view name) {
        return std::ranges::any_of(asked, [&](auto const& p) {
            return p.first == name && p.second == "cover,owner";
        });
    };
    EXPECT_TRUE(has("expand"));
    EXPECT_TRUE(has("include"));
    EXPECT_TRUE(has("populate"));
}

} // namespace watertight::probe
