#include "harness/net/http.hpp"

#include <gtest/gtest.h>

namespace watertight::net {

static constexpr std::string_view head = "HTTP/1.1 200 OK\r\n"
                                         "Set-Cookie: a=1\r\n"
                                         "X-Empty:\r\n"
                                         "content-type:  text/plain; charset=utf-8 \r\n"
                                         "Set-Cookie: b=2\r\n"
                                         "\r\n";

TEST(FindHeader, LooksWithoutCaseAndTrims)
{
    EXPECT_EQ(find_header(head, "Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(find_header(head, "SET-COOKIE"), "a=1");
}

TEST(FindHeader, TellsAnEmptyValueFromAnAbsentHeader)
{
    EXPECT_EQ(find_header(head, "X-Empty"), "");
    EXPECT_EQ(find_header(head, "X-Absent"), std::nullopt);
}

TEST(FindHeader, MatchesWholeNamesOnly)
{
    EXPECT_EQ(find_header(head, "Content"), std::nullopt);
    EXPECT_EQ(find_header(head, "Type"), std::nullopt);
    EXPECT_EQ(find_header(head, "HTTP/1.1 200 OK"), std::nullopt);
}

TEST(FindHeaders, ReturnsEveryValueInOrder)
{
    EXPECT_EQ(find_headers(head, "set-cookie"), (std::vector<std::string_view>{"a=1", "b=2"}));
    EXPECT_TRUE(find_headers("", "set-cookie").empty());
}

} // namespace watertight::net
