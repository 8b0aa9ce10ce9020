// How: as in h2_session_test.cpp; here resets, limits, cancelled requests and what is not HTTP/2.
#include "tests/support/mutate.hpp"
#include "tests/unit/net/h2_fixture.hpp"

#include <memory>
#include <set>

namespace watertight::net {

static constexpr int refused_stream = 7;
static constexpr int internal_error = 2;
static constexpr int enhance_your_calm = 11;

namespace {

class H2Faults : public H2Session {};

// Limits that are soon reached.
class H2Limits : public H2Session {
protected:
    H2Limits() : H2Session{{.streams_max = 2, .window_bytes = 1000, .reads_bodies = false}}
    {
        client = h2_session{{.body_bytes_max = 1000, .head_bytes_max = 500}, log};
    }
};

} // namespace

TEST_F(H2Faults, ResetStreamIsLostUnlessItWasRefused)
{
    auto const lost = get(1);
    auto const refused = get(2);
    auto const fine = get(3);
    auto const half = get(4);
    talk();
    server.reset(lost, internal_error);
    server.reset(refused, refused_stream);
    server.reply(half, {.head = {{"a", "1"}}, .body = std::string(3'000'000, 'x')});
    to_client(server.take_pending(200'000)).value();
    server.reset(half, 0);
    server.reply(fine, {.body = "ok"});
    talk();

    EXPECT_EQ(log.code(1), errc::connection_lost);
    EXPECT_EQ(log.why(1), "the server reset the stream (INTERNAL_ERROR)");
    EXPECT_EQ(log.code(2), errc::unreachable);
    EXPECT_EQ(log.body(3), "ok");
    EXPECT_EQ(log.code(4), errc::connection_lost);
    EXPECT_TRUE(client.can_submit());
}

TEST_F(H2Faults, GoAwayTellsWhatWasNeverProcessed)
{
    auto const first = get(1);
    auto const second = get(2);
    get(3);
    talk();
    get(4);
    server.go_away(second, 0, "maintenance\n");
    to_client(server.take_pending()).value();

    EXPECT_EQ(log.closings, 1);
    EXPECT_FALSE(client.can_submit());
    EXPECT_EQ(log.code(3), errc::unreachable);
    EXPECT_NE(log.why(3).find("(GOAWAY NO_ERROR: maintenance?)"), std::string::npos) << log.why(3);
    EXPECT_EQ(log.code(4), errc::unreachable);
    auto const late = client.submit("GET / HTTP/1.1\r\n\r\n", 5);
    EXPECT_EQ(late.error().code, errc::unreachable);
    server.reply(first, {.body = "one"});
    server.reply(second, {.body = "two"});
    EXPECT_FALSE(client.is_done());
    talk();
    EXPECT_EQ(log.body(1), "one");
    EXPECT_EQ(log.body(2), "two");
    EXPECT_TRUE(client.is_done());
    EXPECT_EQ(log.closings, 1);
}

TEST_F(H2Faults, GoAwayInTwoStepsIsToldOnce)
{
    auto const first = get(1);
    talk();
    server.go_away(0x7FFFFFFF, 0);
    to_client(server.take_pending()).value();
    EXPECT_EQ(log.closings, 1);
    EXPECT_TRUE(log.all.empty());
    server.go_away(first, 0);
    to_client(server.take_pending()).value();
    server.reply(first, {.body = "ok"});
    talk();

    EXPECT_EQ(log.closings, 1);
    EXPECT_EQ(log.body(1), "ok");
}

TEST_F(H2Faults, LostConnectionBreaksWhatIsOpen)
{
    auto const first = get(1);
    talk();
    get(2);
    client.closed({errc::connection_lost, "reset by peer", {}});

    EXPECT_EQ(log.code(1), errc::connection_lost);
    EXPECT_EQ(log.why(1), "reset by peer");
    EXPECT_EQ(log.code(2), errc::unreachable);
    EXPECT_EQ(client.in_flight(), 0U);
    EXPECT_FALSE(client.can_submit());
    EXPECT_EQ(client.submit("GET / HTTP/1.1\r\n\r\n", 3).error().code, errc::unreachable);
    EXPECT_TRUE(client.received(std::string_view{"x"}).has_error());
    client.cancel(first);
    client.closed({errc::connection_lost, "again", {}});
    EXPECT_EQ(log.all.size(), 2U);
}

TEST_F(H2Limits, RequestsBeyondTheServersLimitWaitForTheirTurn)
{
    talk();
    auto const first = get(1);
    EXPECT_TRUE(client.can_submit());
    auto const second = get(2);
    EXPECT_FALSE(client.can_submit());
    auto const third = get(3);
    talk();
    EXPECT_EQ(server.requests().size(), 2U);
    server.reply(second, {.body = "two"});
    talk();
    EXPECT_TRUE(server.requests().contains(third));
    EXPECT_FALSE(client.can_submit());
    server.reply(first, {.body = "one"});
    server.reply(third, {.body = "three"});
    talk();

    EXPECT_EQ(log.body(1) + log.body(2) + log.body(3), "onetwothree");
    EXPECT_TRUE(client.can_submit());
    server.allow(0);
    talk();
    EXPECT_FALSE(client.can_submit());
    server.allow(10);
    talk();
    EXPECT_TRUE(client.can_submit());
}

TEST_F(H2Faults, CancelledRequestIsResetAndSilent)
{
    auto const first = get(1);
    auto const second = get(2);
    talk();
    client.cancel(first);
    client.cancel(first);
    client.cancel(99);
    EXPECT_EQ(client.in_flight(), 1U);
    server.reply(first, {.body = "late"});
    server.reply(second, {.body = "ok"});
    to_client(server.take_pending()).value();
    talk();

    EXPECT_TRUE(server.requests().at(first).reset);
    EXPECT_EQ(log.all.size(), 1U);
    EXPECT_EQ(log.body(2), "ok");
    // Its record serves the next.
    auto const third = get(3);
    client.cancel(first);
    talk();
    server.reply(third, {.body = "three"});
    talk();
    EXPECT_EQ(log.body(3), "three");
}

TEST_F(H2Faults, RequestCancelledBeforeItWentOutIsNeverSent)
{
    talk();
    auto const first = get(1);
    client.cancel(first);
    auto const second = get(2);
    talk();

    EXPECT_FALSE(server.requests().contains(first));
    EXPECT_TRUE(server.requests().contains(second));
    EXPECT_TRUE(log.all.empty());
    EXPECT_EQ(client.in_flight(), 1U);
}

TEST_F(H2Limits, UploadCancelledHalfWayReadsNoMoreOfItsBody)
{
    talk();
    auto wire = std::make_unique<std::string>(post_of(std::string(100'000, 'x')));
    auto const stream = client.submit(*wire, 1).value();
    talk();
    EXPECT_EQ(server.requests().at(stream).body.size(), 1000U);
    client.cancel(stream);
    wire.reset();
    talk();

    EXPECT_TRUE(server.requests().at(stream).reset);
    EXPECT_TRUE(log.all.empty());
}

TEST_F(H2Limits, AnswerBeforeTheEndOfAnUploadEndsIt)
{
    talk();
    auto wire = std::make_unique<std::string>(post_of(std::string(100'000, 'x')));
    auto const stream = client.submit(*wire, 1).value();
    talk();
    log.then = [&](std::uint64_t) { wire.reset(); };
    server.reply(stream, {.status = "413", .body = "too long"});
    talk();

    EXPECT_EQ(log.of(1).response->status, 413);
    EXPECT_EQ(log.body(1), "too long");
    EXPECT_TRUE(server.requests().at(stream).reset);
    EXPECT_EQ(server.requests().at(stream).reset_code, 0U);
    EXPECT_TRUE(client.can_submit());
}

TEST_F(H2Limits, TooLongABodyOrHeadBreaksItsStreamAlone)
{
    auto const body = get(1);
    auto const head = get(2);
    talk();
    server.reply(body, {.body = std::string(1001, 'x')});
    server.reply(head, {.head = {{"a", std::string(500, 'x')}}, .body = "x"});
    talk();
    auto const trailer = get(3);
    auto const fine = get(4);
    talk();
    server.reply(trailer, {.body = "x", .trailers = {{"a", std::string(490, 'x')}}});
    server.reply(fine, {.head = {{"a", std::string(400, 'x')}}, .body = std::string(1000, 'x')});
    talk();

    EXPECT_EQ(log.code(1), errc::malformed);
    EXPECT_EQ(log.why(1), "the body is longer than 1000 bytes");
    EXPECT_EQ(log.code(2), errc::malformed);
    EXPECT_EQ(log.why(2), "the head is longer than 500 bytes");
    EXPECT_EQ(log.code(3), errc::malformed);
    EXPECT_EQ(log.body(4).size(), 1000U);
    EXPECT_TRUE(server.requests().at(body).reset);
}

TEST_F(H2Faults, ResponseAgainstTheGrammarBreaksItsStreamAlone)
{
    auto const upper = get(1);
    auto const length = get(2);
    auto const hop = get(3);
    auto const fine = get(4);
    talk();
    server.reply(upper, {.head = {{"a b", "1"}}, .body = "x"});
    server.reply(length, {.head = {{"content-length", "5"}}, .body = "only"});
    server.reply(hop, {.head = {{"connection", "close"}}});
    server.reply(fine, {.head = {{"padded", "1 "}}, .body = "ok"});
    talk();

    for (std::uint64_t tag = 1; tag < 4; ++tag) {
        EXPECT_EQ(log.code(tag), errc::malformed) << tag;
        EXPECT_TRUE(log.why(tag).starts_with("not an HTTP/2 response: ")) << log.why(tag);
    }
    EXPECT_EQ(log.body(4), "ok");
}

TEST_F(H2Faults, WhatIsNotHttp2BreaksEverything)
{
    for (auto const bytes :
         {std::string_view{"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"},
          std::string_view{"SSH-2.0-OpenSSH_9.2\r\n....................."},
          std::string_view{"\0\0\4\1\4\0\0\0\1aaaabbbbbbbbbb", 23}})
    {
        h2_log here;
        h2_session session{{}, here};
        session.submit("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1).value();
        session.sent(session.pending().size());
        auto const done = session.received(bytes);
        ASSERT_TRUE(done.has_error()) << bytes;
        EXPECT_EQ(done.error().code, errc::malformed);
        EXPECT_TRUE(done.error().message.starts_with("not HTTP/2: ")) << done.error().message;
        EXPECT_EQ(here.code(1), errc::malformed);
        EXPECT_FALSE(session.can_submit());
        // Says GOAWAY.
        EXPECT_FALSE(session.pending().empty());
        EXPECT_TRUE(session.received(bytes).has_error());
    }
}

TEST_F(H2Faults, FrameForAStreamThatNeverWasIsSaidToTheServer)
{
    talk();
    std::string_view const data{"\0\0\1\0\1\0\0\0\7x", 10};
    auto const done = to_client(data);
    ASSERT_TRUE(done.has_error());
    to_server();

    EXPECT_GT(server.goaway_code(), 0);
}

TEST_F(H2Faults, AngryServerClosesWithItsReason)
{
    get(1);
    talk();
    server.go_away(1, enhance_your_calm, "too many pings");
    to_client(server.take_pending()).value();
    EXPECT_EQ(log.closings, 1);
    EXPECT_TRUE(log.all.empty());
    client.closed({errc::connection_lost, "it was closed", {}});

    EXPECT_EQ(log.code(1), errc::connection_lost);
}

TEST_F(H2Faults, RequestThatCannotBeCarriedLeavesNothing)
{
    EXPECT_EQ(client.submit("nonsense", 1).error().code, errc::malformed);
    EXPECT_EQ(client.in_flight(), 0U);
    auto const fine = get(2);
    talk();
    EXPECT_EQ(server.requests().size(), 1U);
    server.reply(fine, {.body = "ok"});
    talk();
    EXPECT_EQ(log.all.size(), 1U);
}

// The server's bytes of a conversation with everything in it.
static std::string conversation(rng& random)
{
    h2_log log;
    h2_session client{{}, log};
    memory_h2_server server;
    std::string out;
    for (std::uint64_t tag = 0; tag < 8; ++tag) {
        client.submit("GET / HTTP/1.1\r\nHost: h\r\n\r\n", tag).value();
        server.received(client.pending());
        client.sent(client.pending().size());
        auto const stream = static_cast<std::int32_t>(2 * tag + 1);
        switch (random.below(5)) {
        case 0:
            server.reset(stream, static_cast<std::uint32_t>(random.below(14)));
            break;
        case 1:
            server.inform(stream, "103");
            [[fallthrough]];
        case 2:
            server.reply(stream, {.body = "b", .trailers = {{"t", "1"}}});
            break;
        case 3:
            server.ping();
            [[fallthrough]];
        default:
            server.reply(stream, {.head = {{"a", "b"}}, .body = long_body(2000)});
            break;
        }
        out += server.take_pending();
    }
    if (random.below(4) == 0) server.go_away(9, 0, "bye");
    return out + server.take_pending();
}

TEST(H2Fuzz, EachRequestGetsOneEventWhateverComes)
{
    rng random{20261125};
    std::set<errc> seen;
    for (int run = 0; run < 600; ++run) {
        auto bytes = conversation(random);
        for (auto n = random.below(4); n > 0; --n) test::mutate(bytes, random);
        h2_log log;
        h2_session client{{.body_bytes_max = 5000, .head_bytes_max = 2000}, log};
        for (std::uint64_t tag = 0; tag < 8; ++tag) {
            client.submit("GET / HTTP/1.1\r\nHost: h\r\n\r\n", tag).value();
        }
        std::string_view rest = bytes;
        while (!rest.empty()) {
            client.sent(client.pending().size());
            auto const piece = rest.substr(0, 1 + random.below(3000));
            if (client.received(piece).has_error()) break;
            rest.remove_prefix(piece.size());
        }
        client.closed({errc::connection_lost, "end", {}});
        EXPECT_EQ(log.all.size(), 8U) << run;
        EXPECT_EQ(client.in_flight(), 0U) << run;
        for (auto const& [tag, event] : log.all) seen.insert(log.code(tag));
    }
    EXPECT_EQ(seen.size(), 4U);
}

} // namespace watertight::net
