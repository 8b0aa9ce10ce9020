#include "harness/net/http_parser.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <optional>

namespace watertight::net {

static constexpr std::size_t no_limit = 1U << 30;

static std::array<char, 64U << 10> shared;

// What became of a response that arrived in pieces of at most `piece_max` bytes.
struct outcome {
    std::optional<http_response> response;
    bool closes = false;
    std::optional<failure> error;
};

static outcome taken(http_parser const& parser)
{
    auto const view = parser.view();
    return {
        http_response{view.status, std::string{view.head}, std::string{view.body}, {}},
        view.closes,
        std::nullopt};
}

static outcome feed(http_parser& parser, std::string_view wire, std::size_t piece_max)
{
    while (!wire.empty()) {
        auto const room = parser.room();
        auto const n = std::min({piece_max, room.size(), wire.size()});
        std::memcpy(room.data(), wire.data(), n);
        wire.remove_prefix(n);
        auto const complete = parser.received(n);
        if (complete.has_error()) return {std::nullopt, false, complete.error()};
        if (*complete) return taken(parser);
    }
    auto const ended = parser.ended();
    if (ended.has_error()) return {std::nullopt, false, ended.error()};
    return taken(parser);
}

static outcome parse(
    std::string_view wire,
    std::size_t piece_max = no_limit,
    bool is_head = false,
    std::size_t body_max = no_limit
)
{
    http_parser parser{body_max, shared};
    parser.start(is_head);
    return feed(parser, wire, piece_max);
}

struct good_case {
    std::string_view what;
    std::string wire;
    int status;
    std::string_view body;
    bool closes;
};

static std::vector<good_case> const& good_cases()
{
    static std::vector<good_case> const cases{
        {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
        {"no body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", false},
        {"close",
         "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
         200,
         "ok",
         true},
        {"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
        {"1.0 kept",
         "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
         200,
         "ok",
         false},
        {"chunks",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n "
         "world\r\n0\r\n\r\n",
         200,
         "hello world",
         false},
        {"trailers",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-Sum: "
         "1\r\n\r\n",
         200,
         "0123456789",
         false},
        {"no chunks",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         200,
         "",
         false},
        {"until eof", "HTTP/1.1 200 OK\r\n\r\nall of it", 200, "all of it", true},
        {"204", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", false},
        {"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, "", false},
        {"100",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
         201,
         "x",
         false},
        {"103",
         "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 "
         "404 No\r\nContent-Length: 1\r\n\r\nx",
         404,
         "x",
         false},
        {"no reason", "HTTP/1.1 500 \r\nContent-Length: 1\r\n\r\nx", 500, "x", false},
        {"excess",
         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n",
         200,
         "x",
         true},
    };
    return cases;
}

TEST(HttpParser, ReadsEveryFormOfABody)
{
    for (auto const& c : good_cases()) {
        auto const got = parse(c.wire);
        ASSERT_TRUE(got.response) << c.what << ": " << got.error->message;
        EXPECT_EQ(got.response->status, c.status) << c.what;
        EXPECT_EQ(got.response->body, c.body) << c.what;
        EXPECT_EQ(got.closes, c.closes) << c.what;
    }
}

TEST(HttpParser, ReadsTheSameHoweverTheBytesAreCutIntoPieces)
{
    for (auto const& c : good_cases()) {
        auto const whole = parse(c.wire);
        for (std::size_t size = 1; size < c.wire.size(); ++size) {
            auto const pieces = parse(c.wire, size);
            ASSERT_TRUE(pieces.response) << c.what << " by " << size;
            EXPECT_EQ(pieces.response->head, whole.response->head) << c.what << " by " << size;
            EXPECT_EQ(pieces.response->body, whole.response->body) << c.what << " by " << size;
        }
    }
}

TEST(HttpParser, ReadsAChunkedBodySplitInTwoAtEveryPosition)
{
    auto const& wire = good_cases()[5].wire;
    for (std::size_t at = 1; at < wire.size(); ++at) {
        http_parser parser{no_limit, shared};
        parser.start(false);
        std::memcpy(parser.room().data(), wire.data(), at);
        auto const early = parser.received(at);
        ASSERT_TRUE(early.has_value()) << at;
        EXPECT_FALSE(*early) << at;
        auto const rest = wire.size() - at;
        std::memcpy(parser.room().data(), wire.data() + at, rest);
        auto const late = parser.received(rest);
        ASSERT_TRUE(late.has_value()) << at;
        EXPECT_TRUE(*late) << at;
        EXPECT_EQ(parser.view().body, "hello world") << at;
    }
}

TEST(HttpParser, KeepsTheHeadAsItCame)
{
    auto const got = parse("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx-A:  1\r\n"
                           "Content-Length: 1\r\n\r\nx");

    ASSERT_TRUE(got.response);
    EXPECT_EQ(got.response->head, "HTTP/1.1 200 OK\r\nx-A:  1\r\nContent-Length: 1\r\n\r\n");
    EXPECT_EQ(got.response->header("X-a"), "1");
}

TEST(HttpParser, AnswerToHeadHasNoBodyWhateverItsLength)
{
    auto const got = parse("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", no_limit, true);

    ASSERT_TRUE(got.response);
    EXPECT_EQ(got.response->body, "");
    EXPECT_FALSE(got.closes);
}

TEST(HttpParser, LeavesABodyOfKnownLengthWhereItWasReceived)
{
    std::string const wire = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    http_parser parser{no_limit, shared};
    parser.start(false);
    auto const room = parser.room();
    std::memcpy(room.data(), wire.data(), wire.size());
    ASSERT_TRUE(parser.received(wire.size()).has_value());

    EXPECT_EQ(parser.view().body.data(), room.data() + wire.size() - 5);
}

TEST(HttpParser, GrowsForALongBodyInWhateverPiecesItComes)
{
    std::string body;
    for (int i = 0; i < 200'000; ++i) body += std::to_string(i);
    auto const length = std::to_string(body.size());
    auto const known =
        parse("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + body, 7777);
    ASSERT_TRUE(known.response);
    EXPECT_EQ(known.response->body, body);

    std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 1000) {
        auto const chunk = body.substr(at, 1000);
        chunked += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
    }
    auto const pieces = parse(chunked + "0\r\n\r\n", 4099);
    ASSERT_TRUE(pieces.response);
    EXPECT_EQ(pieces.response->body, body);
}

TEST(HttpParser, BeginsAfreshForEachResponse)
{
    http_parser parser{no_limit, shared};
    parser.start(false);
    EXPECT_EQ(feed(parser, good_cases()[5].wire, 3).response->body, "hello world");
    parser.start(true);
    EXPECT_EQ(feed(parser, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 3).response->body, "");
    parser.start(false);
    EXPECT_EQ(feed(parser, good_cases()[0].wire, 3).response->body, "hello");
}

TEST(HttpParser, RefusesWhatIsNotHttp)
{
    std::string_view const cases[] = {
        "garbage\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    for (auto const wire : cases) {
        auto const got = parse(wire);
        ASSERT_TRUE(got.error) << wire;
        EXPECT_EQ(got.error->code, errc::malformed) << wire;
    }
}

TEST(HttpParser, TruncatedResponseIsALostConnection)
{
    std::string_view const cases[] = {
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    };
    for (auto const wire : cases) {
        auto const got = parse(wire);
        ASSERT_TRUE(got.error) << wire;
        EXPECT_EQ(got.error->code, errc::connection_lost) << wire;
    }
}

TEST(HttpParser, BodyOverTheLimitIsRefusedInEveryForm)
{
    std::string_view const cases[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n12345678901",
    };
    for (auto const wire : cases) {
        auto const got = parse(wire, 4, false, 10);
        ASSERT_TRUE(got.error) << wire;
        EXPECT_EQ(got.error->code, errc::malformed) << wire;
        EXPECT_NE(got.error->message.find("longer than 10 bytes"), std::string::npos);
    }
    EXPECT_TRUE(
        parse("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", 4, false, 10).response
    );
}

TEST(HttpParser, EndlessHeadIsRefused)
{
    auto const got = parse("HTTP/1.1 200 OK\r\nX: " + std::string(1U << 20, 'x'));

    ASSERT_TRUE(got.error);
    EXPECT_EQ(got.error->code, errc::malformed);
}

TEST(HttpParser, RefusesWhatTwoProgramsWouldReadDifferently)
{
    std::string_view const cases[] = {
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: \x01\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0b"
        "chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;=\r\nx\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : y\r\n\r\n",
    };
    for (auto const wire : cases) {
        for (std::size_t const piece : {std::size_t{1}, no_limit}) {
            auto const got = parse(wire, piece);
            ASSERT_TRUE(got.error) << wire;
            EXPECT_EQ(got.error->code, errc::malformed) << wire;
        }
    }
}

TEST(HttpParser, EqualLengthsAreOneLength)
{
    auto const got =
        parse("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok");

    ASSERT_TRUE(got.response);
    EXPECT_EQ(got.response->body, "ok");
}

TEST(HttpParser, ChunksInHttp10EndTheConnection)
{
    auto const got = parse("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");

    ASSERT_TRUE(got.response);
    EXPECT_EQ(got.response->body, "x");
    EXPECT_TRUE(got.closes);
}

TEST(HttpParser, SwitchedProtocolsEndTheConnection)
{
    auto const got = parse("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");

    ASSERT_TRUE(got.response);
    EXPECT_EQ(got.response->status, 101);
    EXPECT_TRUE(got.closes);
}

TEST(HttpParser, ShowsTrailersCodingsAndCookies)
{
    std::string_view const wire = "HTTP/1.1 200 OK\r\nset-cookie: a=b\r\nContent-Encoding: GZIP\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n3\r\nyou\r\n"
                                  "0\r\nX-Sum: 1\r\nX-Tenant: t\r\n\r\n";
    for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
        http_parser parser{no_limit, shared};
        parser.start(false);
        ASSERT_TRUE(feed(parser, wire, piece).response) << piece;
        auto const view = parser.view();
        EXPECT_EQ(view.body, "helloyou");
        EXPECT_EQ(view.trailers, "X-Sum: 1\r\nX-Tenant: t\r\n") << piece;
        EXPECT_EQ(view.coding, content_coding::gzip);
        EXPECT_TRUE(view.sets_cookie);
    }
}

TEST(HttpParser, WithoutTrailersThereAreNoneHoweverTheBytesCome)
{
    for (auto const& c : good_cases()) {
        if (c.what == "trailers") continue;
        for (std::size_t piece = 1; piece <= c.wire.size(); ++piece) {
            http_parser parser{no_limit, shared};
            parser.start(false);
            ASSERT_TRUE(feed(parser, c.wire, piece).response) << c.what;
            EXPECT_EQ(parser.view().trailers, "") << c.what << " by " << piece;
        }
    }
}

TEST(HttpParser, KnowsHowABodyIsPacked)
{
    struct {
        std::string_view headers;
        content_coding coding;
    } const cases[] = {
        {"", content_coding::identity},
        {"Content-Encoding: identity\r\n", content_coding::identity},
        {"Content-Encoding: x-gzip\r\n", content_coding::gzip},
        {"Content-Encoding: deflate\r\n", content_coding::deflate},
        {"Content-Encoding: br\r\n", content_coding::other},
        {"Content-Encoding: gzip, br\r\n", content_coding::other},
        {"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", content_coding::other},
        {"Transfer-Encoding: gzip, chunked\r\n", content_coding::gzip},
    };
    for (auto const& c : cases) {
        http_parser parser{no_limit, shared};
        parser.start(false);
        auto const chunked = c.headers.find("chunked") != c.headers.npos;
        auto const end = chunked ? "\r\n0\r\n\r\n" : "Content-Length: 0\r\n\r\n";
        ASSERT_TRUE(feed(parser, fmt::format("HTTP/1.1 200 OK\r\n{}{}", c.headers, end), 9).response
        );
        EXPECT_EQ(parser.view().coding, c.coding) << c.headers;
        EXPECT_FALSE(parser.view().sets_cookie);
    }
}

TEST(HttpParser, AWholeResponseStaysInTheSharedBuffer)
{
    for (auto const& c : good_cases()) {
        http_parser parser{no_limit, shared};
        parser.start(false);
        auto const got = feed(parser, c.wire, no_limit);
        ASSERT_TRUE(got.response) << c.what;
        auto const* const head = parser.view().head.data();
        auto const held = c.what == "until eof";
        EXPECT_EQ(head >= shared.data() && head < shared.data() + shared.size(), !held) << c.what;
    }
}

TEST(HttpParser, WhatIsUnfinishedLeavesTheSharedBuffer)
{
    auto const& wire = good_cases()[6].wire;
    for (std::size_t at = 1; at < wire.size(); ++at) {
        http_parser parser{no_limit, shared};
        parser.start(false);
        std::memcpy(parser.room().data(), wire.data(), at);
        ASSERT_FALSE(parser.received(at).value());
        // Another connection receives.
        shared.fill('#');
        auto const got = feed(parser, std::string_view{wire}.substr(at), no_limit);
        ASSERT_TRUE(got.response) << at;
        EXPECT_EQ(got.response->body, "0123456789") << at;
        EXPECT_EQ(parser.view().trailers, "X-Sum: 1\r\n") << at;
    }
}

// Heads of all kinds come by again and again, also where another one is longer by a line or differs
// in a digit.
TEST(HttpParser, AHeadThatIsKnownSaysWhatItSaidBefore)
{
    std::vector<std::string> wires{
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ncd",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nef",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nef",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nef",
        "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\nContent-Length: 1\r\n\r\ny"};
    for (auto const& c : good_cases()) wires.push_back(c.wire);
    head_memory heads;
    for (int round = 0; round < 4; ++round) {
        for (auto const& wire : wires) {
            for (int times = 0; times < 2; ++times) {
                for (bool const is_head : {false, true}) {
                    auto const expected = parse(wire, no_limit, is_head);
                    http_parser parser{no_limit, shared, &heads};
                    parser.start(is_head);
                    auto const got = feed(parser, wire, round % 2 == 0 ? no_limit : 40);
                    ASSERT_EQ(got.response.has_value(), expected.response.has_value()) << wire;
                    if (!got.response) continue;
                    EXPECT_EQ(got.response->status, expected.response->status) << wire;
                    EXPECT_EQ(got.response->head, expected.response->head) << wire;
                    EXPECT_EQ(got.response->body, expected.response->body) << wire;
                    EXPECT_EQ(got.closes, expected.closes) << wire;
                }
            }
        }
    }
}

TEST(HttpParser, AHeadIsFoundAmongTheLastFewAlone)
{
    head_memory heads;
    head_fields said;
    said.status = 200;
    heads.keep("HTTP/1.1 200 OK\r\n\r\n", said);
    ASSERT_NE(heads.find("HTTP/1.1 200 OK\r\n\r\nbody"), nullptr);
    EXPECT_EQ(heads.find("HTTP/1.1 200 OK\r\n\r\nbody")->fields.status, 200);
    EXPECT_EQ(heads.find("HTTP/1.1 200 OK\r\n\r"), nullptr);
    EXPECT_EQ(heads.find("HTTP/1.1 201 OK\r\n\r\n"), nullptr);
    for (char const digit : {'1', '2', '3', '4'}) {
        heads.keep(std::string{"HTTP/1.1 30"} + digit + "\r\n\r\n", said);
    }
    EXPECT_EQ(heads.find("HTTP/1.1 200 OK\r\n\r\n"), nullptr);
    EXPECT_NE(heads.find("HTTP/1.1 301\r\n\r\n"), nullptr);
}

TEST(HttpParser, KeepsNothingWhileIdle)
{
    static_assert(sizeof(http_parser) <= 256);
    http_parser parser{no_limit, shared};
    parser.start(false);
    ASSERT_TRUE(feed(parser, good_cases()[0].wire, 3).response);
    parser.release();

    EXPECT_EQ(parser.room().data(), shared.data());
}

TEST(HttpParser, AClaimedLengthReservesLittle)
{
    http_parser parser{no_limit, shared};
    parser.start(false);
    std::string_view const wire = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nx";
    std::memcpy(parser.room().data(), wire.data(), wire.size());
    ASSERT_FALSE(parser.received(wire.size()).value());

    EXPECT_LE(parser.room().size(), 4U << 20);
}

// Endless in one respect each; answered before the memory of the machine is used up.
TEST(HttpParser, WhatNeverEndsIsRefused)
{
    std::string const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    auto const repeated = [](std::string_view what) {
        std::string out;
        while (out.size() < 3U << 20) out += what;
        return out;
    };
    std::string const cases[] = {
        repeated("HTTP/1.1 100 Continue\r\n\r\n"),
        "HTTP/1.1 200 OK\r\n" + repeated("X: y\r\n"),
        "HTTP/1.1 200 " + repeated("x"),
        chunked + "1;x=" + repeated("y"),
        chunked + repeated("1;extension=of_the_chunk\r\nx\r\n"),
        chunked + "0\r\n" + repeated("X: y\r\n"),
        chunked + "0\r\nX:" + repeated("y"),
        chunked + repeated("0"),
        repeated("x"),
    };
    for (auto const& wire : cases) {
        for (std::size_t const piece : {std::size_t{1000}, no_limit}) {
            auto const got = parse(wire, piece);
            ASSERT_TRUE(got.error) << wire.substr(0, 100);
            EXPECT_EQ(got.error->code, errc::malformed) << wire.substr(0, 100);
        }
    }
}

} // namespace watertight::net
