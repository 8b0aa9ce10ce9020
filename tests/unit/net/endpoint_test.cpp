#include "harness/net/endpoint.hpp"

#include <gtest/gtest.h>

namespace watertight::net {

struct url_case {
    std::string_view text;
    url parts;
};

static url parts(bool tls, std::string host, std::uint16_t port, std::string target)
{
    return {{tls, std::move(host), port}, std::move(target), {}};
}

TEST(ParseUrl, TakesTheUsualFormsApart)
{
    url_case const cases[] = {
        {"http://localhost", parts(false, "localhost", 80, "/")},
        {"http://localhost/", parts(false, "localhost", 80, "/")},
        {"https://api.example.org", parts(true, "api.example.org", 443, "/")},
        {"HTTP://API.Example.ORG/A", parts(false, "api.example.org", 80, "/A")},
        {"http://127.0.0.1:8080/v1/x?y=%201", parts(false, "127.0.0.1", 8080, "/v1/x?y=%201")},
        {"http://h?x=1", parts(false, "h", 80, "/?x=1")},
        {"http://h/a#part", parts(false, "h", 80, "/a")},
        {"http://h:/a", parts(false, "h", 80, "/a")},
        {"https://[::1]:8443/a", parts(true, "::1", 8443, "/a")},
    };
    for (auto const& c : cases) {
        auto const parsed = parse_url(c.text);
        ASSERT_TRUE(parsed.has_value()) << c.text;
        EXPECT_EQ(parsed->where, c.parts.where) << c.text;
        EXPECT_EQ(parsed->target, c.parts.target) << c.text;
        EXPECT_EQ(parsed->userinfo, "") << c.text;
    }
}

TEST(ParseUrl, DecodesCredentials)
{
    auto const parsed = parse_url("http://al%40ice:pa%3Ass@h/");

    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->userinfo, "al@ice:pa:ss");
}

TEST(ParseUrl, RefusesWhatIsNoHttpUrl)
{
    std::string_view const cases[] = {
        "",
        "localhost",
        "localhost:8080",
        "/path",
        "ftp://h/",
        "http://",
        "http:///path",
        "http://h:0/",
        "http://h:65536/",
        "http://h:http/",
        "http://a b/",
        "http://h/a b",
        "http://[::1/",
        "javascript:alert(1)",
    };
    for (auto const text : cases) {
        auto const parsed = parse_url(text);
        ASSERT_TRUE(parsed.has_error()) << text;
        EXPECT_EQ(parsed.error().code, errc::malformed) << text;
    }
}

TEST(ParseUrl, DoesNotRepeatAPasswordInItsFailure)
{
    auto const parsed = parse_url("ftp://alice:open sesame@h/");

    ASSERT_TRUE(parsed.has_error());
    EXPECT_EQ(parsed.error().message.find("sesame"), std::string::npos);
    EXPECT_NE(parsed.error().message.find("ftp://***@h/"), std::string::npos);
}

TEST(Endpoint, NamesItselfAsTheHostHeaderAndAsAnOrigin)
{
    EXPECT_EQ((endpoint{false, "h", 80}.authority()), "h");
    EXPECT_EQ((endpoint{true, "h", 443}.authority()), "h");
    EXPECT_EQ((endpoint{true, "h", 80}.authority()), "h:80");
    EXPECT_EQ((endpoint{false, "::1", 8080}.authority()), "[::1]:8080");
    EXPECT_EQ((endpoint{false, "h", 80}.origin()), "http://h:80");
    EXPECT_EQ((endpoint{true, "::1", 443}.origin()), "https://[::1]:443");
}

struct allow_case {
    std::string entry;
    std::string_view host;
    std::uint16_t port;
    bool permitted;
};

TEST(AllowList, PermitsWhatItsEntriesNameAndNothingElse)
{
    allow_case const cases[] = {
        {"example.org", "example.org", 80, true},
        {"example.org", "EXAMPLE.org", 8443, true},
        {"Example.Org", "example.org.", 80, true},
        {"example.org", "www.example.org", 80, false},
        {"example.org", "example.org.evil.test", 80, false},
        {"example.org", "badexample.org", 80, false},
        {"example.org:80", "example.org", 80, true},
        {"example.org:80", "example.org", 81, false},
        {"*.example.org", "a.example.org", 80, true},
        {"*.example.org", "a.b.example.org", 80, true},
        {"*.example.org", "example.org", 80, false},
        {"*.example.org", "badexample.org", 80, false},
        {"*.example.org:443", "a.example.org", 443, true},
        {"*.example.org:443", "a.example.org", 80, false},
        {"*", "example.org", 80, false},
        {"*.", "example.org", 80, false},
        {"", "example.org", 80, false},
        {"127.0.0.1", "127.0.0.1", 5432, true},
        {"127.0.0.1", "127.0.0.2", 5432, false},
        {"::1", "0:0:0:0:0:0:0:1", 80, true},
        {"[::1]:80", "::1", 80, true},
        {"[::1]:80", "::1", 81, false},
        {"[::1]", "::1", 81, true},
    };
    for (auto const& c : cases) {
        auto const list = allow_list{{c.entry}};
        EXPECT_EQ(list.permits(c.host, c.port), c.permitted) << c.entry << " / " << c.host;
    }
}

TEST(AllowList, NamesTheHostAndTheRemedyWhenItRefuses)
{
    auto const refused = allow_list{{"127.0.0.1"}}.check("db.internal", 5432);

    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::forbidden);
    EXPECT_NE(refused.error().message.find("db.internal:5432"), std::string::npos);
    EXPECT_NE(refused.error().message.find("target.allow"), std::string::npos);
}

TEST(AllowList, AnEmptyOnePermitsNothing)
{
    EXPECT_FALSE(allow_list{}.permits("127.0.0.1", 80));
}

TEST(IsLoopback, KnowsThisMachineFromOthers)
{
    for (auto const host :
         {"localhost",
          "LOCALHOST",
          "alpha.localhost",
          "127.0.0.1",
          "127.9.9.9",
          "::1",
          "[::1]",
          "::ffff:127.0.0.1",
          "/run/redis.sock"})
    {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (auto const host :
         {"",
          "localhost.evil.test",
          "notlocalhost",
          "128.0.0.1",
          "10.0.0.1",
          "::",
          "0.0.0.0",
          "::2",
          "127.0.0.1.evil.test"})
    {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

} // namespace watertight::net
