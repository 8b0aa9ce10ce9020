// How: a real nginx answers each request with the tenant that its header named, so that an answer
// which went to the wrong request shows.
#include "harness/net/h2_connection.hpp"
#include "tests/end_to_end/net/lanes.hpp"
#include "tests/support/guarded_server.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <numeric>

namespace watertight::net {

using test::caller;

class Nginx : public testing::Test {
protected:
    static void SetUpTestSuite() { server = std::make_unique<test::nginx_server>(); }
    static void TearDownTestSuite() { server.reset(); }

    static endpoint at(std::string host, bool tls = false)
    {
        return {tls, std::move(host), server->port()};
    }

    static connection_options trusting(http_version version)
    {
        connection_options out;
        out.version = version;
        out.tls.ca_file = server->certificate();
        return out;
    }

    // Lets each caller send over a lane of its own until all are answered.
    void run(std::vector<std::unique_ptr<caller>> const& callers)
    {
        auto left = callers.size();
        auto const done = [&] {
            if (--left == 0) loop.stop();
        };
        for (auto const& c : callers) c->go(done);
        loop.run();
    }

    // One request after another over connections of their own, each made anew.
    caller::answer once(endpoint const& where, connection_options const& how, std::string path)
    {
        caller one{std::move(path), "alone", 1};
        one.lane = make_lane(loop.get_executor(), where, how, one);
        loop.restart();
        one.go([this] { loop.stop(); });
        loop.run();
        return one.answers.empty() ? caller::answer{} : one.answers.front();
    }

    static std::uint64_t connects(std::vector<std::unique_ptr<caller>> const& callers)
    {
        auto const add = [](std::uint64_t n, auto const& c) { return n + c->lane->connects(); };
        return std::accumulate(callers.begin(), callers.end(), std::uint64_t{0}, add);
    }

    std::vector<std::unique_ptr<caller>>
    sharing(std::shared_ptr<h2_connection> const& on, std::string const& path, std::size_t times)
    {
        std::vector<std::unique_ptr<caller>> out;
        for (int n = 0; n < 100; ++n) {
            out.push_back(std::make_unique<caller>(path, fmt::format("tenant-{}", n), times));
            out.back()->lane = on->add_lane(*out.back());
        }
        return out;
    }

    static void
    expect_own_answers(std::vector<std::unique_ptr<caller>> const& callers, std::size_t times)
    {
        for (std::size_t n = 0; n < callers.size(); ++n) {
            ASSERT_EQ(callers[n]->answers.size(), times);
            for (auto const& a : callers[n]->answers) {
                EXPECT_EQ(a.status, 200) << a.failure;
                EXPECT_EQ(a.body, fmt::format("tenant-{}", n));
            }
        }
    }

    static std::unique_ptr<test::nginx_server> server;
    asio::io_context loop{1};
};

std::unique_ptr<test::nginx_server> Nginx::server;

TEST_F(Nginx, TenantsOnOneHttp2ConnectionGetTheirOwnAnswers)
{
    auto const shared = std::make_shared<h2_connection>(
        loop.get_executor(), at("127.0.0.2"), trusting(http_version::http2)
    );
    auto const callers = sharing(shared, "/", 50);

    run(callers);

    expect_own_answers(callers, 50);
    EXPECT_EQ(connects(callers), 1);
    EXPECT_TRUE(callers[0]->answers[0].head.starts_with("HTTP/2 200\r\n"));
}

TEST_F(Nginx, Http2IsAgreedOnUnderTls)
{
    auto const shared = std::make_shared<h2_connection>(
        loop.get_executor(), at("127.0.0.3", true), trusting(http_version::http2)
    );
    auto const callers = sharing(shared, "/", 5);

    run(callers);

    expect_own_answers(callers, 5);
    EXPECT_EQ(connects(callers), 1);
}

TEST_F(Nginx, AConnectionThatTakesNoMoreIsMadeAnew)
{
    auto const shared = std::make_shared<h2_connection>(
        loop.get_executor(), at("127.0.0.4"), trusting(http_version::http2)
    );
    auto const callers = sharing(shared, "/", 3);

    run(callers);

    expect_own_answers(callers, 3);
    EXPECT_GT(connects(callers), 1);
}

TEST_F(Nginx, Http2ToAServerOfHttp1IsASentence)
{
    auto const got = once(at("127.0.0.1"), trusting(http_version::http2), "/");

    EXPECT_EQ(got.status, 0);
    EXPECT_FALSE(got.failure.empty());
}

TEST_F(Nginx, ALongAnswerComesWholeByEveryWay)
{
    for (auto const& [host, tls, version] :
         {std::tuple{"127.0.0.1", false, http_version::http1},
          std::tuple{"127.0.0.2", false, http_version::http2},
          std::tuple{"127.0.0.3", true, http_version::http1},
          std::tuple{"127.0.0.3", true, http_version::http2}})
    {
        auto const got = once(at(host, tls), trusting(version), "/large");
        EXPECT_TRUE(got.body == std::string(200'000, 'x')) << host << " " << got.failure;
    }
}

TEST_F(Nginx, UnixSocketAndIpv6CarryRequests)
{
    auto const http1 = trusting(http_version::http1);

    EXPECT_EQ(once({false, server->socket().string(), 80}, http1, "/").body, "alone");
    EXPECT_EQ(once(at("::1"), http1, "/").body, "alone");
    EXPECT_EQ(once({false, "/no/such.sock", 80}, http1, "/").status, 0);
}

TEST_F(Nginx, TlsSessionsAreResumed)
{
    auto const http1 = trusting(http_version::http1);
    once(at("127.0.0.3", true), http1, "/tls");
    auto const second = once(at("127.0.0.3", true), http1, "/tls");

    EXPECT_EQ(second.body, "r NONE HTTP/1.1") << second.failure;
}

TEST_F(Nginx, ClientCertificateIsShown)
{
    auto how = trusting(http_version::http1);
    how.tls.certificate_file = server->certificate();
    how.tls.key_file = server->key();

    EXPECT_EQ(once(at("127.0.0.3", true), how, "/tls").body, ". SUCCESS HTTP/1.1");
}

} // namespace watertight::net
