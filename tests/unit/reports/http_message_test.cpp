#include "reports/http_message.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using namespace watertight::reports;

TEST(HttpMessage, IsTakenApart)
{
    auto const q =
        parse_request("POST /users?q=1 HTTP/1.1\r\nHost: a:80\r\nX-Empty:\r\n\r\n{\"a\":\n1}");
    ASSERT_TRUE(q);
    EXPECT_EQ(q->method, "POST");
    EXPECT_EQ(q->target, "/users?q=1");
    EXPECT_EQ(q->version, "1.1");
    EXPECT_EQ(q->headers, (header_list{{"Host", "a:80"}, {"X-Empty", ""}}));
    EXPECT_EQ(q->body, "{\"a\":\n1}");
    auto const a = parse_response("HTTP/1.1 404 Not Found\nA: b\n\nnone");
    ASSERT_TRUE(a);
    EXPECT_EQ(a->status, 404);
    EXPECT_EQ(a->reason, "Not Found");
    EXPECT_EQ(a->headers, (header_list{{"A", "b"}}));
    EXPECT_EQ(a->body, "none");
    EXPECT_EQ(parse_response("HTTP/2 200")->reason, "");
}

TEST(HttpMessage, IsNotMadeOfOtherText)
{
    for (auto const* const text :
         {"", "SELECT 1", "SELECT a FROM b", "GET", "get /x HTTP/1.1", "GET  HTTP/1.1"})
    {
        EXPECT_FALSE(parse_request(text)) << text;
    }
    for (auto const* const text : {"", "HTTP/1.1", "HTTP/1.1 abc", "HTTP/1.1 7", "(1 row)"}) {
        EXPECT_FALSE(parse_response(text)) << text;
    }
}

TEST(HttpMessage, ThatProvesIsTheIntrudersWithTheToken)
{
    evidence::finding f;
    EXPECT_EQ(proving_exchange(f), nullptr);
    f.token = "zq7k";
    f.intruder = "globex";
    f.exchanges = {
        {"GET /a as acme user 0", "", "has ZQ7K"},
        {"GET /a as globex user 0", "", "has zq7k"},
        {"GET /b as globex user 0", "", "nothing"},
        {"GET /b as acme user 0", "", "has zq7k"}};
    EXPECT_EQ(proving_exchange(f), &f.exchanges[1]);
    f.token.clear();
    EXPECT_EQ(proving_exchange(f), &f.exchanges[2]);
}
