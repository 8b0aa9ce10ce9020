#pragma once

#include "harness/net/h2_session.hpp"
#include "tests/support/memory_h2_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace watertight::net {

using test::memory_h2_server;

inline constexpr std::size_t whole = 1U << 30;

struct h2_event {
    std::optional<http_response> response;
    std::string trailers;
    content_coding coding{};
    bool sets_cookie = false;
    std::optional<failure> fault;
};

struct h2_log final : h2_events {
    void answered(std::uint64_t tag, http_response_view const& r) override
    {
        auto copy = http_response{r.status, std::string{r.head}, std::string{r.body}, {}};
        add(tag, {std::move(copy), std::string{r.trailers}, r.coding, r.sets_cookie, {}});
    }
    void broke(std::uint64_t tag, failure const& why) override { add(tag, {{}, {}, {}, {}, why}); }
    void closing() override { ++closings; }

    void add(std::uint64_t tag, h2_event event)
    {
        EXPECT_TRUE(all.emplace(tag, std::move(event)).second) << "two events of " << tag;
        if (then) then(tag);
    }

    h2_event const& of(std::uint64_t tag) const
    {
        static h2_event const none;
        auto const at = all.find(tag);
        EXPECT_NE(at, all.end()) << "no event of " << tag;
        return at == all.end() ? none : at->second;
    }
    std::string body(std::uint64_t tag) const
    {
        auto const& event = of(tag);
        return event.response ? event.response->body : "broke: " + event.fault->message;
    }
    errc code(std::uint64_t tag) const { return of(tag).fault ? of(tag).fault->code : errc{}; }
    std::string why(std::uint64_t tag) const { return of(tag).fault ? of(tag).fault->message : ""; }

    std::map<std::uint64_t, h2_event> all;
    std::function<void(std::uint64_t)> then;
    int closings = 0;
};

class H2Session : public testing::Test {
protected:
    explicit H2Session(memory_h2_server::options what = {}) : server{what} {}

    result<void> to_client(std::string_view bytes, std::size_t piece = whole)
    {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
            auto const done = client.received(bytes.substr(0, piece));
            if (done.has_error()) return done;
        }
        return boost::system::in_place_value;
    }

    std::size_t to_server(std::size_t piece = whole)
    {
        std::size_t moved = 0;
        while (!client.pending().empty()) {
            auto const part = client.pending().substr(0, piece);
            server.received(part);
            moved += part.size();
            client.sent(part.size());
        }
        return moved;
    }

    // Both sides until neither has anything to say.
    void talk(std::size_t piece = whole)
    {
        for (;;) {
            auto const up = to_server(piece);
            auto const down = server.take_pending();
            EXPECT_TRUE(to_client(down, piece).has_value());
            if (up + down.size() == 0) return;
        }
    }

    std::int32_t get(std::uint64_t tag, std::string const& path = "/")
    {
        return client.submit("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n", tag).value();
    }

    h2_log log;
    h2_session client{h2_options{}, log};
    memory_h2_server server;
};

inline std::string post_of(std::string const& body)
{
    return "POST /in HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

inline std::string long_body(std::size_t size)
{
    std::string out;
    while (out.size() < size) out += std::to_string(out.size()) + ' ';
    return out;
}

} // namespace watertight::net
