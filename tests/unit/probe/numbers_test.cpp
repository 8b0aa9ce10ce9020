#include "harness/probe/numbers.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

TEST(Numbers, StandInBodiesAndHeaders)
{
    exchange e;
    e.head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-Total-Count: 57\r\n"
             "Content-Range: items 0-9/58\r\n"
             "Link: <https://x/t?page=2>; rel=\"next\", <https://x/t?size=5&page=12>; rel=\"last\""
             "\r\n\r\n";
    e.body = R"({"meta":{"total":59,"of":"60"},"name":"no 7"})";
    std::map<std::string, std::int64_t> const expected{
        {"/meta/of", 60},
        {"/meta/total", 59},
        {"header content-range", 58},
        {"header link last page", 12},
        {"header link last size", 5},
        {"header x-total-count", 57},
    };
    EXPECT_EQ(numbers_in(e), expected);
}

TEST(Numbers, StandAmongTheWordsOfAPage)
{
    exchange e;
    e.head = "HTTP/1.1 200 OK\r\n\r\n";
    e.body = "<p class=sum>7 projects of 12</p><li>a</li><li>b</li>";
    std::map<std::string, std::int64_t> const expected{
        {"<p> 0, word 1", 7},
        {"<p> 0, word 4", 12},
    };
    EXPECT_EQ(numbers_in(e), expected);
    EXPECT_EQ(sizes_in(e), (std::map<std::string, std::int64_t>{{"count of <li>", 2}}));
}

TEST(Numbers, AreNotInAnUnknownTotal)
{
    exchange e;
    e.head = "HTTP/1.1 200 OK\r\nContent-Range: items 0-9/*\r\n"
             "Link: <https://x>; rel=last\r\n\r\n";
    EXPECT_TRUE(numbers_in(e).empty());
}

} // namespace watertight::probe
