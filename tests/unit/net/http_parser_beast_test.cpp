// How: Boost.Beast's parser, which has been in many hands, reads the same random and mutated
// responses; the two must see the same, except where ours is stricter or laxer on purpose.

#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/net/http_parser.hpp"
#include "tests/support/mutation.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>

namespace watertight::net {

namespace http = boost::beast::http;

namespace {

// What a reader made of a response and the end of its connection.
struct reading {
    bool accepted = false;
    int status = 0;
    std::string body;
    bool closes = false;
    std::string fault;
};

class beast_grammar final : public http::basic_parser<false> {
public:
    reading seen;

private:
    using error_code = boost::beast::error_code;
    using text = boost::beast::string_view;

    void on_request_impl(http::verb, text, text, int, error_code&) override {}
    void on_response_impl(int code, text, int, error_code&) override { seen.status = code; }
    void on_field_impl(http::field, text, text, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    std::size_t on_body_impl(text body, error_code&) override
    {
        seen.body.append(body.data(), body.size());
        return body.size();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override
    {
        seen.body.append(body.data(), body.size());
        return body.size();
    }
};

} // namespace

static constexpr std::size_t body_bytes_max = 1U << 20;

static reading rejected(std::string fault)
{
    reading out;
    out.fault = std::move(fault);
    return out;
}

static reading by_beast(std::string_view wire, bool is_head)
{
    std::optional<beast_grammar> parser;
    auto const begin = [&] {
        parser.emplace();
        parser->header_limit(256U << 10);
        parser->body_limit(body_bytes_max);
        parser->skip(is_head);
    };
    begin();
    while (!wire.empty()) {
        // Beast asserts that the end of a chunked body, five bytes at least, is not cut shorter.
        if (parser->is_header_done() && parser->chunked() && wire.size() < 5) break;
        boost::beast::error_code error;
        wire.remove_prefix(parser->put({wire.data(), wire.size()}, error));
        if (error == http::error::need_more) break;
        if (error) return rejected(error.message());
        if (parser->is_header_done()) parser->eager(true);
        if (!parser->is_done()) continue;
        auto const status = parser->seen.status;
        if (status >= 200 || status < 100 || status == 101) {
            parser->seen.accepted = true;
            parser->seen.closes = !parser->keep_alive() || status == 101 || !wire.empty();
            return parser->seen;
        }
        begin();
    }
    boost::beast::error_code error;
    if (!parser->got_some()) return rejected("truncated");
    parser->put_eof(error);
    if (error) return rejected("truncated");
    parser->seen.accepted = true;
    parser->seen.closes = true;
    return parser->seen;
}

static reading by_ours(std::string_view wire, bool is_head, rng& random)
{
    static std::array<char, 64U << 10> shared;
    http_parser parser{body_bytes_max, shared};
    parser.start(is_head);
    bool whole = false;
    while (!wire.empty() && !whole) {
        auto const room = parser.room();
        auto const piece = random.below(3) == 0 ? random.below(40) + 1 : wire.size();
        auto const n = std::min({piece, room.size(), wire.size()});
        std::memcpy(room.data(), wire.data(), n);
        wire.remove_prefix(n);
        auto const got = parser.received(n);
        if (got.has_error()) return rejected(got.error().message);
        whole = *got;
    }
    if (!whole && parser.ended().has_error()) return rejected("truncated");
    auto const view = parser.view();
    return {true, view.status, std::string{view.body}, view.closes || !wire.empty(), {}};
}

static std::string pick(rng& random, std::vector<std::string> const& from)
{
    return from[random.below(from.size())];
}

static std::string random_body(rng& random, bool chunked)
{
    std::string body;
    std::string out;
    for (auto chunks = random.below(4); chunks > 0; --chunks) {
        std::string const chunk(random.below(60) + 1, static_cast<char>('a' + random.below(26)));
        auto const extension =
            pick(random, {"", "", "", ";a", ";a=b", " ;a = \"b;\\\"\"", ";a=", " "});
        out += fmt::format("{:x}{}\r\n{}\r\n", chunk.size(), extension, chunk);
        body += chunk;
    }
    if (!chunked) return body;
    return out + pick(random, {"0", "00", "0;a=b"}) + "\r\n" +
           pick(random, {"", "", "X: y\r\n", "Content-Length: 1\r\n", "A: b\r\nC: d\r\n"}) + "\r\n";
}

static std::string random_response(rng& random)
{
    auto out =
        pick(random, {"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2"}) + " " +
        pick(random, {"200 OK", "200 OK", "204 No", "304 Not", "100 Continue", "500 ", "101 S"}) +
        "\r\n";
    auto const chunked = random.below(2) == 0;
    auto const body = random_body(random, chunked);
    for (auto lines = random.below(5); lines > 0; --lines) {
        out += pick(
            random,
            {"Server: nginx\r\n",
             "Connection: close\r\n",
             "connection: keep-alive\r\n",
             "CONNECTION: Foo , Close\r\n",
             "X-Empty:\r\n",
             "Set-Cookie: a=b; Path=/\r\n",
             "Content-Type: text/plain;\tcharset=utf-8\r\n",
             "Content-Encoding: gzip\r\n",
             "Name : x\r\n",
             "X: a\r\n folded\r\n",
             "X: \xc3\xa9\r\n"}
        );
    }
    if (chunked)
        out += pick(
            random, {"Transfer-Encoding: chunked\r\n", "transfer-encoding: gzip , chunked\r\n"}
        );
    if (!chunked || random.below(20) == 0) {
        auto const length = std::to_string(body.size());
        out += "Content-Length: " +
               pick(random, {length, length, length, length + ", " + length, "1"}) + "\r\n";
    }
    return out + "\r\n" + body + pick(random, {"", "", "", "x", "HTTP/1.1 200 OK\r\n\r\n"});
}

// Where ours rejects what Beast accepts.
static constexpr std::string_view stricter[] = {
    // RFC 9112, 6.1: Beast looks at the Transfer-Encoding only if it ends with chunked.
    "it has both a length and a Transfer-Encoding",
    "its Transfer-Encoding does not end with chunked",
    "its Transfer-Encoding is no list of names",
    // Beast looks for them in headers, but not in quoted extensions of chunks.
    "a control character stands in a line",
    "a line ends without a carriage return",
    // Beast reads "099", and any number of zeros before a chunk's size.
    "its status is no number of three digits",
    "the size of a chunk is no number",
};

// RFC 9112, 5.2: Beast takes the lines of a folded header together.
static bool has_fold(std::string_view wire)
{
    return wire.find("\r\n ") != wire.npos || wire.find("\r\n\t") != wire.npos;
}

// Where Beast rejects what ours accepts.
static bool is_laxer(reading const& theirs, std::string_view wire)
{
    // A Connection that is no list of tokens says nothing.
    if (theirs.fault == "bad value") return true;
    // No space behind the status, which many servers leave out with the reason.
    auto const lacks_space = wire.find('\r') == 12 || wire.find("\r\n\r\nHTTP/1.") != wire.npos;
    return theirs.fault == "bad status" && lacks_space;
}

// HTTP/1.0 has no chunks: RFC 9112, 6.1, has such a connection closed.
static bool is_doubtful(std::string_view wire)
{
    return wire.find("HTTP/1.0") != wire.npos && to_lower(wire).find("transfer-enc") != wire.npos;
}

static void compare(std::string const& wire, rng& random, std::map<std::string, int>& seen)
{
    auto const is_head = random.below(10) == 0;
    auto const theirs = by_beast(wire, is_head);
    auto const ours = by_ours(wire, is_head, random);
    ++seen[ours.accepted ? "accepted" : ours.fault];
    if (ours.accepted && theirs.accepted) {
        ASSERT_EQ(ours.status, theirs.status) << wire;
        ASSERT_EQ(ours.body, theirs.body) << wire;
        ASSERT_TRUE(ours.closes == theirs.closes || is_doubtful(wire)) << wire;
    } else if (ours.accepted) {
        ASSERT_TRUE(is_laxer(theirs, wire)) << theirs.fault << '\n' << wire;
    } else if (theirs.accepted) {
        auto const listed = std::ranges::any_of(stricter, [&](auto const& sentence) {
            return ours.fault.ends_with(sentence);
        });
        ASSERT_TRUE(listed || has_fold(wire)) << ours.fault << '\n' << wire;
    }
}

TEST(HttpParserBeast, BothSeeTheSameInRandomResponses)
{
    rng random{7};
    std::map<std::string, int> seen;
    for (int round = 0; round < 30'000; ++round) {
        compare(random_response(random), random, seen);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(seen["accepted"], 5'000);
    EXPECT_GT(seen.size(), 8U);
}

TEST(HttpParserBeast, BothSeeTheSameInMutatedResponses)
{
    rng random{8};
    std::map<std::string, int> seen;
    for (int round = 0; round < 60'000; ++round) {
        auto wire = random_response(random);
        for (auto times = random.below(4) + 1; times > 0; --times) test::mutate(wire, random);
        compare(wire, random, seen);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(seen["accepted"], 5'000);
    EXPECT_GT(seen.size(), 15U);
}

} // namespace watertight::net
