#include "harness/probe/http_cache.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

static cache_facts facts(std::string const& headers)
{
    exchange e;
    e.answered = true;
    e.status = 200;
    e.head = "HTTP/1.1 200 OK\r\n" + headers + "\r\n";
    return cache_facts_of(e);
}

TEST(HttpCache, SeesWhatCachesSayOfThemselves)
{
    EXPECT_TRUE(facts("Age: 3\r\n").is_hit);
    EXPECT_FALSE(facts("Age: 0\r\n").is_hit);
    EXPECT_TRUE(facts("X-Cache: Hit from cloud\r\n").is_hit);
    EXPECT_TRUE(facts("Cache-Status: edge; hit; ttl=30\r\n").is_hit);
    EXPECT_FALSE(facts("X-Cache: MISS\r\n").is_hit);
    EXPECT_FALSE(facts("X-Cache-Hits: 0\r\n").is_hit);
    EXPECT_TRUE(facts("X-Cache-Hits: 0, 2\r\n").is_hit);
    EXPECT_EQ(facts("Age: 3\r\nX-Cache: HIT\r\n").text, "age: 3, x-cache: HIT");
    EXPECT_TRUE(facts("").text.empty());
}

TEST(HttpCache, TellsPublicAnswersFromPrivateOnes)
{
    EXPECT_TRUE(facts("Cache-Control: public, max-age=60\r\n").is_public);
    EXPECT_TRUE(facts("Cache-Control: s-maxage=60\r\n").is_public);
    EXPECT_FALSE(facts("Cache-Control: max-age=60\r\n").is_public);
    EXPECT_FALSE(facts("Cache-Control: private, s-maxage=60\r\n").is_public);
    EXPECT_FALSE(facts("Cache-Control: no-store\r\n").is_public);
}

TEST(HttpCache, KnowsWhatSeparatesUsers)
{
    EXPECT_TRUE(facts("Vary: Accept-Encoding, Authorization\r\n").varies_by_credentials);
    EXPECT_TRUE(facts("Vary: Cookie\r\n").varies_by_credentials);
    EXPECT_TRUE(facts("Vary: *\r\n").varies_by_credentials);
    EXPECT_FALSE(facts("Vary: Accept-Encoding\r\n").varies_by_credentials);
}

} // namespace watertight::probe
