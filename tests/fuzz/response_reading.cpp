#include "tests/fuzz/response_reading.hpp"

#include "harness/base/assert.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace watertight::fuzz {

static std::array<char, 16U << 10> shared;

// Also where the connection is used by another's response between two pieces.
static bool feed(net::http_parser& parser, std::string_view& wire, rng* pieces, errc& error)
{
    bool whole = false;
    while (!wire.empty() && !whole) {
        shared.fill('#');
        auto const room = parser.room();
        WT_ASSERT(!room.empty());
        auto const most = pieces != nullptr ? pieces->below(60) + 1 : wire.size();
        auto const n = std::min({static_cast<std::size_t>(most), room.size(), wire.size()});
        std::memcpy(room.data(), wire.data(), n);
        wire.remove_prefix(n);
        auto const got = parser.received(n);
        if (got.has_error()) {
            error = got.error().code;
            return false;
        }
        whole = *got;
    }
    if (whole) return true;
    auto const ended = parser.ended();
    if (ended.has_error()) error = ended.error().code;
    return ended.has_value();
}

response_reading read_response(std::string_view wire, bool is_head, rng* pieces)
{
    // What was seen before must not matter.
    static net::head_memory heads;
    net::http_parser parser{body_bytes_max, shared, pieces == nullptr ? &heads : nullptr};
    parser.start(is_head);
    response_reading out;
    out.whole = feed(parser, wire, pieces, out.error);
    if (!out.whole) return out;
    auto const view = parser.view();
    WT_ASSERT(view.head.starts_with("HTTP/1.") && view.head.ends_with("\r\n\r\n"));
    WT_ASSERT(view.status >= 101 && view.status <= 999);
    WT_ASSERT(view.body.size() <= body_bytes_max);
    WT_ASSERT(!is_head || view.body.empty());
    WT_ASSERT(view.trailers.empty() || view.trailers.ends_with("\r\n"));
    out.status = view.status;
    out.head = view.head;
    out.body = view.body;
    out.trailers = view.trailers;
    out.coding = view.coding;
    out.sets_cookie = view.sets_cookie;
    out.closes = view.closes || !wire.empty();
    return out;
}

} // namespace watertight::fuzz
