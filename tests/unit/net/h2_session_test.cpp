// How: the client's bytes are handed to nghttp2's server side, and back, as strings in pieces of a
// chosen size; no socket is involved.
#include "tests/unit/net/h2_fixture.hpp"

namespace watertight::net {

TEST_F(H2Session, AnswerLooksLikeOneOfHttp1)
{
    auto const stream = client.submit(
        "GET /a HTTP/1.1\r\nHost: shop\r\nX-Tenant: acme\r\nConnection: keep-alive\r\n\r\n", 7
    );
    talk();
    auto const& request = server.requests().at(*stream);
    EXPECT_EQ(request.field(":authority"), "shop");
    EXPECT_EQ(request.field(":scheme"), "https");
    EXPECT_EQ(request.field("x-tenant"), "acme");
    EXPECT_EQ(request.field("connection"), "");
    EXPECT_TRUE(request.complete);
    EXPECT_EQ(client.in_flight(), 1U);
    server.reply(
        *stream,
        {.head = {{"set-cookie", "a=1"}, {"content-encoding", "gzip"}, {"set-cookie", "b=2"}},
         .body = "hello"}
    );
    talk();

    auto const& event = log.of(7);
    ASSERT_TRUE(event.response);
    EXPECT_EQ(event.response->status, 200);
    EXPECT_EQ(
        event.response->head,
        "HTTP/2 200\r\nset-cookie: a=1\r\ncontent-encoding: gzip\r\nset-cookie: b=2\r\n\r\n"
    );
    EXPECT_EQ(event.response->headers("Set-Cookie").size(), 2U);
    EXPECT_EQ(event.response->body, "hello");
    EXPECT_EQ(event.trailers, "");
    EXPECT_EQ(event.coding, content_coding::gzip);
    EXPECT_TRUE(event.sets_cookie);
    EXPECT_EQ(client.in_flight(), 0U);
}

TEST_F(H2Session, StreamsOfManyTenantsGetTheirOwnAnswersHoweverTheBytesAreCut)
{
    std::uint64_t tag = 0;
    for (std::size_t const piece : {1U, 2U, 3U, 7U, 9U, 100U, 16393U, 1U << 30}) {
        std::map<std::int32_t, std::uint64_t> streams;
        for (int i = 0; i < 15; ++i, ++tag) streams[get(tag, "/" + std::to_string(tag))] = tag;
        talk(piece);
        // In the reverse order, and in frames that alternate, for each is longer than one.
        for (auto at = streams.rbegin(); at != streams.rend(); ++at) {
            auto const path = server.requests().at(at->first).field(":path");
            server.reply(at->first, {.body = path + long_body(at->second % 5 * 9000)});
        }
        talk(piece);
        for (auto const& [stream, of] : streams) {
            auto const expected = "/" + std::to_string(of) + long_body(of % 5 * 9000);
            EXPECT_EQ(log.body(of), expected) << piece;
        }
    }
    EXPECT_EQ(log.all.size(), tag);
}

TEST_F(H2Session, LongBodiesPassBothWaysThroughFlowControl)
{
    auto const body = long_body(2U << 20);
    std::map<std::int32_t, std::uint64_t> streams;
    auto const wire = post_of(body);
    for (std::uint64_t tag = 0; tag < 6; ++tag) streams[client.submit(wire, tag).value()] = tag;
    talk();
    for (auto const& [stream, tag] : streams) {
        EXPECT_TRUE(server.requests().at(stream).complete);
        EXPECT_EQ(server.requests().at(stream).body, body);
        server.reply(stream, {.body = std::to_string(tag) + body});
    }
    talk();

    for (std::uint64_t tag = 0; tag < 6; ++tag)
        EXPECT_EQ(log.body(tag), std::to_string(tag) + body);
}

TEST_F(H2Session, ServerMaySendItsWindowAtOnce)
{
    auto const first = get(1);
    talk();
    server.reply(first, {.body = std::string(900'000, 'x')});
    auto const bytes = server.take_pending();

    EXPECT_GT(bytes.size(), 900'000U);
    EXPECT_TRUE(to_client(bytes).has_value());
    EXPECT_EQ(log.body(1).size(), 900'000U);
}

TEST_F(H2Session, TrailersStandApart)
{
    auto const first = get(1);
    auto const second = get(2);
    talk();
    server.reply(
        first, {.head = {{"a", "1"}}, .body = "x", .trailers = {{"x-sum", "9"}, {"b", ""}}}
    );
    server.reply(second, {.trailers = {{"content-encoding", "gzip"}}});
    talk();

    EXPECT_EQ(log.of(1).response->head, "HTTP/2 200\r\na: 1\r\n\r\n");
    EXPECT_EQ(log.body(1), "x");
    EXPECT_EQ(log.of(1).trailers, "x-sum: 9\r\nb: \r\n");
    EXPECT_EQ(log.of(2).trailers, "content-encoding: gzip\r\n");
    EXPECT_EQ(log.of(2).coding, content_coding::identity);
}

TEST_F(H2Session, InformationalResponsesAreSkipped)
{
    auto const wire =
        "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi";
    auto const stream = client.submit(wire, 1).value();
    to_server();
    server.inform(stream, "100");
    server.inform(stream, "103");
    talk();
    EXPECT_TRUE(log.all.empty());
    server.reply(stream, {.status = "201", .head = {{"a", "1"}}});
    talk();

    EXPECT_EQ(log.of(1).response->status, 201);
    EXPECT_EQ(log.of(1).response->head, "HTTP/2 201\r\na: 1\r\n\r\n");
    EXPECT_EQ(server.requests().at(stream).body, "hi");
}

TEST_F(H2Session, AnswersWithoutBodiesAreComplete)
{
    auto const head = client.submit("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 1).value();
    auto const empty = get(2);
    auto const unchanged = get(3);
    talk();
    server.reply(head, {.head = {{"content-length", "5000"}}});
    server.reply(empty, {.status = "204"});
    server.reply(unchanged, {.status = "304", .head = {{"content-length", "9"}}});
    talk();

    EXPECT_EQ(log.body(1), "");
    EXPECT_EQ(log.of(1).response->header("Content-Length"), "5000");
    EXPECT_EQ(log.of(2).response->status, 204);
    EXPECT_EQ(log.of(3).response->status, 304);
}

TEST_F(H2Session, AssumesAHundredStreamsUntilTheServerSaysMore)
{
    for (std::uint64_t tag = 0; tag < 100; ++tag) get(tag);
    EXPECT_FALSE(client.can_submit());
    server.allow(200);
    talk();
    EXPECT_TRUE(client.can_submit());
}

TEST_F(H2Session, OwnLimitOfStreamsHolds)
{
    client = h2_session{{.streams_max = 3}, log};
    for (std::uint64_t tag = 0; tag < 3; ++tag) {
        EXPECT_TRUE(client.can_submit());
        get(tag);
    }
    EXPECT_FALSE(client.can_submit());
}

TEST_F(H2Session, PingIsAnswered)
{
    talk();
    server.ping();
    talk();

    EXPECT_EQ(server.pongs(), 1U);
}

TEST_F(H2Session, EventsMaySubmitAndCancel)
{
    auto const first = get(1);
    auto const second = get(2);
    log.then = [&](std::uint64_t tag) {
        if (tag == 1) client.cancel(second);
        if (tag < 10) get(tag + 10);
    };
    talk();
    server.reply(first, {.body = "one"});
    server.reply(second, {.body = "two"});
    talk();

    EXPECT_EQ(log.all.size(), 1U);
    server.reply(5, {.body = "eleven"});
    talk();
    EXPECT_EQ(log.body(11), "eleven");
}

TEST_F(H2Session, ManyRequestsInTurnAreAnswered)
{
    for (std::uint64_t tag = 0; tag < 2000; ++tag) {
        auto const stream = get(tag, "/" + std::to_string(tag));
        talk();
        server.reply(stream, {.body = long_body(300)});
        talk();
        ASSERT_EQ(log.body(tag).size(), long_body(300).size());
    }
    EXPECT_EQ(client.in_flight(), 0U);
}

} // namespace watertight::net
