#include "harness/base/clock.hpp"
#include "harness/base/text.hpp"
#include "harness/net/http_connection.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace watertight::net {

using test::peer;
using test::run_async;
using test::scripted_server;

static constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
static constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static void answer_all(peer& client, std::size_t)
{
    while (!client.read_request().empty()) client.send(ok);
}

namespace {

struct answer {
    errc code{};
    std::string text;
    std::uint64_t connects = 0;
};

} // namespace

// Twice on one connection, so that its reuse is seen too.
static asio::awaitable<answer> send_twice(endpoint where, tls_options tls)
{
    connection_options options;
    options.tls = tls;
    auto const core = co_await asio::this_coro::executor;
    http_connection connection{core, where, options};
    answer out;
    for (int i = 0; i < 2; ++i) {
        auto const view = co_await connection.exchange(get, false, 10s);
        if (view.has_error()) co_return answer{view.error().code, view.error().message, 0};
        out.text = view->body;
    }
    out.connects = connection.connects();
    co_return out;
}

class HttpTls : public testing::Test {
protected:
    std::string ca_file() const
    {
        auto const path = (folder / "ca.pem").string();
        EXPECT_TRUE(write_file(path, identity.certificate).has_value());
        return path;
    }
    endpoint at(std::string host) const { return {true, std::move(host), server.port()}; }

    test::temp_dir folder{"tls"};
    test::self_signed identity = test::make_self_signed("IP:127.0.0.1,DNS:good.localhost");
    scripted_server server{answer_all, identity};
};

TEST_F(HttpTls, SelfSignedCertificateIsRefusedWithASentence)
{
    auto const got = run_async(send_twice(at("127.0.0.1"), {}));

    EXPECT_EQ(got.code, errc::unreachable);
    EXPECT_NE(got.text.find(fmt::format("https://127.0.0.1:{}", server.port())), std::string::npos);
    EXPECT_NE(got.text.find("its certificate was refused: self-signed"), std::string::npos)
        << got.text;
    EXPECT_EQ(server.requests(), 0U);
}

TEST_F(HttpTls, TrustedAuthorityMakesItPassByAddressAndByName)
{
    for (auto const host : {"127.0.0.1", "good.localhost"}) {
        auto const got = run_async(
            send_twice(at(host), {.verify = true, .ca_file = ca_file(), .server_name = {}})
        );
        EXPECT_EQ(got.text, "ok") << host;
        EXPECT_EQ(got.connects, 1U) << host;
    }
}

TEST_F(HttpTls, WrongNameIsRefusedWithASentence)
{
    tls_options const trusting{.verify = true, .ca_file = ca_file(), .server_name = {}};
    auto const got = run_async(send_twice(at("bad.localhost"), trusting));

    EXPECT_EQ(got.code, errc::unreachable);
    EXPECT_NE(got.text.find("hostname mismatch"), std::string::npos) << got.text;
}

TEST_F(HttpTls, ServerNameReplacesTheHost)
{
    tls_options const named{.verify = true, .ca_file = ca_file(), .server_name = "good.localhost"};

    EXPECT_EQ(run_async(send_twice(at("bad.localhost"), named)).text, "ok");
}

TEST_F(HttpTls, VerificationCanBeSwitchedOff)
{
    tls_options const lax{.verify = false, .ca_file = {}, .server_name = {}};

    EXPECT_EQ(run_async(send_twice(at("bad.localhost"), lax)).text, "ok");
}

TEST_F(HttpTls, UnreadableAuthorityFileIsNamed)
{
    tls_options const lost{.verify = true, .ca_file = "/no/such/file.pem", .server_name = {}};
    auto const got = run_async(send_twice(at("127.0.0.1"), lost));

    EXPECT_EQ(got.code, errc::unreachable);
    EXPECT_NE(got.text.find("/no/such/file.pem"), std::string::npos);
}

TEST(HttpTlsHandshake, ServerWithoutTlsIsAFailedHandshake)
{
    scripted_server plain{[](peer& client, std::size_t) {
        client.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        client.wait_for_close();
    }};
    auto const got = run_async(send_twice({true, "127.0.0.1", plain.port()}, {}));

    EXPECT_EQ(got.code, errc::unreachable);
    EXPECT_NE(got.text.find("TLS handshake failed"), std::string::npos) << got.text;
}

static asio::awaitable<answer> connect_within(endpoint where, std::chrono::nanoseconds limit)
{
    connection_options options;
    options.connect_timeout = limit;
    auto const core = co_await asio::this_coro::executor;
    http_connection connection{core, where, options};
    auto const got = co_await connection.exchange(get, false, 10s);
    if (got.has_error()) co_return answer{got.error().code, got.error().message, 0};
    co_return answer{};
}

TEST(HttpTlsHandshake, SilentServerEndsWithTheConnectTimeout)
{
    scripted_server silent{[](peer& client, std::size_t) { client.wait_for_close(); }};
    auto const got = run_async(connect_within({true, "127.0.0.1", silent.port()}, 50ms));

    EXPECT_EQ(got.code, errc::unreachable);
    EXPECT_NE(got.text.find("did not end in time"), std::string::npos) << got.text;
}

} // namespace watertight::net
