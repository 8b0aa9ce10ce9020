#include "harness/probe/own_fields.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

TEST(OwnFields, TakeAMemberInItsOwnType)
{
    EXPECT_EQ(with_member(R"({"a":1})", "t", "x"), R"({"a":1,"t":"x"})");
    EXPECT_EQ(with_member(R"({"a":1})", "t", "12"), R"({"a":1,"t":12})");
    EXPECT_EQ(with_member(R"({"a":1})", "t", "12", true), R"({"a":1,"t":"12"})");
    // Among the object's own, wherever those are.
    EXPECT_EQ(
        with_member(R"({"data":{"attributes":{"a":1},"type":"x"}})", "t", "x"),
        R"({"data":{"attributes":{"a":1,"t":"x"},"type":"x"}})"
    );
    EXPECT_EQ(with_member(R"({"thing":{"a":1}})", "t", "x"), R"({"thing":{"a":1,"t":"x"}})");
    EXPECT_EQ(
        with_member(R"({"query":"m","variables":{"input":{"a":1}}})", "t", "x"),
        R"({"query":"m","variables":{"input":{"a":1,"t":"x"}}})"
    );
    EXPECT_EQ(with_member(R"({"a":1,"b":{"c":1}})", "t", "x"), R"({"a":1,"b":{"c":1},"t":"x"})");
    // Beside what a framework adds to a form.
    EXPECT_EQ(
        with_member(R"({"_method":"put","authenticity_token":"k","item":{"a":1}})", "t", "x"),
        R"({"_method":"put","authenticity_token":"k","item":{"a":1,"t":"x"}})"
    );
    EXPECT_FALSE(with_member("a=1&b=2", "t", "x").has_value());
    EXPECT_FALSE(with_member("[1]", "t", "x").has_value());
}

// An envelope of several parts, of which none is known for the object's own.
TEST(OwnFields, AreTheWholeWhereNothingSaysOtherwise)
{
    auto const fields = [](char const* body) {
        return own_fields(nlohmann::json::parse(body)).to_string();
    };
    EXPECT_EQ(fields(R"({"spec":{"a":1},"metadata":{"b":1}})"), "");
    EXPECT_EQ(fields(R"({"title":"x","address":{"street":"y"}})"), "");
    EXPECT_EQ(
        fields(R"({"data":{"type":"x","attributes":{"a":1},"meta":{"b":1}}})"), "/data/attributes"
    );
    EXPECT_EQ(fields("[]"), "");
    EXPECT_EQ(fields("{}"), "");
}

} // namespace watertight::probe
