#include "harness/net/h2_stream.hpp"

#include "harness/base/text.hpp"

#include <utility>

namespace watertight::net {

// A longer buffer is given back instead of being kept for the next response.
static constexpr std::size_t kept_bytes_max = 64U << 10;

static std::string emptied(std::string buffer)
{
    if (buffer.capacity() > kept_bytes_max) return {};
    buffer.clear();
    return buffer;
}

void h2_stream::begin(std::uint64_t of_tag, std::string_view body_to_send)
{
    auto old = std::exchange(*this, h2_stream{});
    text = emptied(std::move(old.text));
    body = emptied(std::move(old.body));
    place = old.place;
    tag = of_tag;
    unsent = body_to_send;
    body_sent = body_to_send.empty();
}

void h2_stream::begin_fields()
{
    if (has_head()) return;
    text.clear();
    status = 0;
    coding = content_coding::identity;
    sets_cookie = false;
}

static content_coding coding_of(std::string_view value)
{
    if (value.empty() || iequals(value, "identity")) return content_coding::identity;
    if (iequals(value, "gzip") || iequals(value, "x-gzip")) return content_coding::gzip;
    return iequals(value, "deflate") ? content_coding::deflate : content_coding::other;
}

void h2_stream::add_field(std::string_view name, std::string_view value)
{
    if (name == ":status") {
        // nghttp2 made sure that it is three digits.
        status = 0;
        for (auto const digit : value) status = status * 10 + (digit - '0');
        text.append("HTTP/2 ").append(value).append("\r\n");
        return;
    }
    if (!has_head() && name == "content-encoding" && coding == content_coding::identity) {
        coding = coding_of(value);
    }
    if (!has_head() && name == "set-cookie") sets_cookie = true;
    text.append(name).append(": ", 2).append(value).append("\r\n", 2);
}

void h2_stream::end_fields()
{
    if (has_head() || status < 200) return;
    text.append("\r\n");
    head_bytes = text.size();
}

http_response_view h2_stream::view() const noexcept
{
    auto const all = std::string_view{text};
    return {
        .status = status,
        .head = all.substr(0, head_bytes),
        .body = body,
        .trailers = all.substr(head_bytes),
        .coding = coding,
        .sets_cookie = sets_cookie,
        .closes = false,
    };
}

} // namespace watertight::net
