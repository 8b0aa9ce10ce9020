#include "harness/net/h2_request.hpp"

#include <gtest/gtest.h>

namespace watertight::net {

// One line a field, in their order; "!" marks what may not enter a compression table.
static std::string shown(h2_request const& request)
{
    std::string out;
    for (auto const& f : request.fields()) {
        if ((f.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0) out += '!';
        out += std::string{f.name, f.name + f.namelen} + "=";
        out += std::string{f.value, f.value + f.valuelen} + "\n";
    }
    return out;
}

static std::string parsed(std::string_view wire)
{
    h2_request request;
    auto const done = request.parse(wire, "https");
    return done.has_error() ? done.error().message : shown(request);
}

TEST(H2Request, TurnsRequestLineAndHostIntoPseudoHeaders)
{
    EXPECT_EQ(
        parsed("GET /a?b=c HTTP/1.1\r\nAccept: */*\r\nHOST:  shop.example:8443 \r\n\r\n"),
        ":method=GET\n:scheme=https\n:authority=shop.example:8443\n:path=/a?b=c\naccept=*/*\n"
    );
    EXPECT_EQ(parsed("OPTIONS * HTTP/1.1\r\n\r\n"), ":method=OPTIONS\n:scheme=https\n:path=*\n");
}

TEST(H2Request, LowersNamesButNotValuesAndKeepsTokensOutOfTables)
{
    EXPECT_EQ(
        parsed("GET /Path HTTP/1.1\r\nX-Tenant-ID: Acme:A\r\nAuthorization: Bearer T\r\n\r\n"),
        ":method=GET\n:scheme=https\n:path=/Path\nx-tenant-id=Acme:A\n!authorization=Bearer T\n"
    );
}

TEST(H2Request, LeavesOutWhatIsAboutOneConnection)
{
    EXPECT_EQ(
        parsed("GET / HTTP/1.1\r\nConnection: close, X-Hop, :path\r\nKeep-Alive: 5\r\nX-Hop: 1\r\n"
               "Proxy-Connection: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nTE: gzip\r\n"
               "X-Stays: 1\r\nTransfer-Encoding: identity\r\n\r\n"),
        ":method=GET\n:scheme=https\n:path=/\nx-stays=1\n"
    );
    EXPECT_EQ(
        parsed("GET / HTTP/1.1\r\nTE: trailers\r\n\r\n"),
        ":method=GET\n:scheme=https\n:path=/\nte=trailers\n"
    );
}

TEST(H2Request, HeaderThatKeepsChangingStaysOutOfTables)
{
    h2_request request;
    auto const of_tenant = [&](int i) {
        auto const wire =
            fmt::format("GET / HTTP/1.1\r\nAccept: */*\r\nX-Tenant: {}\r\nX-Z: z\r\n\r\n", i);
        EXPECT_TRUE(request.parse(wire, "https").has_value());
        return shown(request);
    };
    auto const start = std::string{":method=GET\n:scheme=https\n:path=/\naccept=*/*\n"};
    EXPECT_EQ(of_tenant(0), start + "x-tenant=0\nx-z=z\n");
    for (int i = 1; i < 20; ++i) of_tenant(i);
    EXPECT_EQ(of_tenant(20), start + "!x-tenant=20\nx-z=z\n");
    for (int i = 0; i < 20; ++i) of_tenant(20);
    EXPECT_EQ(of_tenant(20), start + "x-tenant=20\nx-z=z\n");
}

TEST(H2Request, BodyIsWhatFollowsTheHeadWhereItLies)
{
    std::string const wire = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n\r\n";
    h2_request request;
    ASSERT_TRUE(request.parse(wire, "http").has_value());
    EXPECT_EQ(request.body(), "\r\n\r\n");
    EXPECT_EQ(request.body().data(), wire.data() + wire.size() - 4);
    ASSERT_TRUE(request.parse("HEAD / HTTP/1.1\r\n\r\n", "http").has_value());
    EXPECT_EQ(shown(request), ":method=HEAD\n:scheme=http\n:path=/\n");
}

TEST(H2Request, RefusesWhatHttp2CannotCarry)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"", "without the end of its headers"},
        {"GET / HTTP/1.1\r\nA: b\r\n", "without the end of its headers"},
        {"\r\n\r\n", "without a request line"},
        {"GET /\r\n\r\n", "without a request line"},
        {"GET / HTTP/2\r\n\r\n", "without a request line"},
        {" / HTTP/1.1\r\n\r\n", "the method \"\""},
        {"CONNECT a:1 HTTP/1.1\r\n\r\n", "the method \"CONNECT\""},
        {"GET http://a/ HTTP/1.1\r\n\r\n", "the target \"http://a/\""},
        {"GET / HTTP/1.1\r\nno colon\r\n\r\n", "a header without a name"},
        {"GET / HTTP/1.1\r\n: v\r\n\r\n", "a header without a name"},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "\"chunked\""},
    };
    for (auto const& [wire, part] : cases) {
        h2_request request;
        auto const done = request.parse(wire, "https");
        ASSERT_TRUE(done.has_error()) << wire;
        EXPECT_EQ(done.error().code, errc::malformed);
        EXPECT_NE(done.error().message.find(part), std::string::npos) << done.error().message;
    }
}

} // namespace watertight::net
