#include "harness/drill/version.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static net::http_response answered(std::string header, std::string body)
{
    net::http_response out;
    out.status = 200;
    out.head = "HTTP/1.1 200 OK\r\n" + header + "\r\n";
    out.body = std::move(body);
    return out;
}

TEST(DrillVersion, IsToldByAHeader)
{
    version_echo const how{"X-Version", "", "1.4", "2.0"};

    EXPECT_EQ(version_of(answered("x-version: 1.4\r\n", ""), how), version_seen::old_one);
    EXPECT_EQ(version_of(answered("X-Version: 2.0\r\n", ""), how), version_seen::new_one);
    EXPECT_EQ(version_of(answered("X-Version: 2.0.1\r\n", ""), how), version_seen::untold);
    EXPECT_EQ(version_of(answered("", ""), how), version_seen::untold);
}

TEST(DrillVersion, IsToldByAMemberOfTheBody)
{
    version_echo const how{"", "/meta/version", "1", "2"};

    EXPECT_EQ(version_of(answered("", R"({"meta": {"version": 1}})"), how), version_seen::old_one);
    EXPECT_EQ(
        version_of(answered("", R"({"meta": {"version": "2"}})"), how), version_seen::new_one
    );
    EXPECT_EQ(version_of(answered("", "2"), how), version_seen::untold);
    EXPECT_EQ(version_of(answered("", "<html>"), how), version_seen::untold);
}

} // namespace watertight::drill
