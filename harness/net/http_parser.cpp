#include "harness/net/http_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

namespace watertight::net {

namespace http = boost::beast::http;

// Buffers start at one read's worth and grow with the responses that this connection gets.
static constexpr std::size_t buffer_bytes_initial = 16U << 10;
static constexpr std::size_t room_bytes_min = 4U << 10;
// Growth is bounded per step: a length that a server merely claims reserves no memory.
static constexpr std::size_t growth_bytes_max = 4U << 20;
static constexpr std::uint32_t head_bytes_max = 256U << 10;
static constexpr std::size_t chunks_end_bytes = std::string_view{"0\r\n\r\n"}.size();

namespace {

// Beast checks the grammar; of what it finds, only where the body's pieces lie is of interest.
class grammar final : public http::basic_parser<false> {
public:
    struct body_sink {
        virtual void append(char const* data, std::size_t size) = 0;

    protected:
        ~body_sink() = default;
    };

    explicit grammar(body_sink& sink) : sink_{sink} {}

    int status() const noexcept { return status_; }

private:
    using error_code = boost::beast::error_code;
    using text = boost::beast::string_view;

    void on_request_impl(http::verb, text, text, int, error_code&) override {}
    void on_response_impl(int code, text, int, error_code&) override { status_ = code; }
    void on_field_impl(http::field, text, text, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    std::size_t on_body_impl(text body, error_code&) override
    {
        sink_.append(body.data(), body.size());
        return body.size();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override
    {
        sink_.append(body.data(), body.size());
        return body.size();
    }

    body_sink& sink_;
    int status_ = 0;
};

} // namespace

// The buffer, front to back: skipped 1xx responses, the head, the body so far, a gap where chunk
// headers were, what is received but not parsed, room.
struct http_parser::state final : grammar::body_sink {
    explicit state(std::size_t body_bytes_max_) : body_bytes_max{body_bytes_max_} {}

    void append(char const* data, std::size_t size) override;
    void begin_response();
    result<bool> parse();
    result<bool> fail(boost::beast::error_code const& error) const;
    void finish_head(std::size_t size);
    void compact();
    void grow();

    std::vector<char> buffer = std::vector<char>(buffer_bytes_initial);
    std::size_t body_bytes_max;
    std::size_t head_begin = 0;
    std::size_t head_end = 0;
    std::size_t body_end = 0;
    std::size_t parsed = 0;
    std::size_t filled = 0;
    std::size_t bytes_received = 0;
    std::optional<grammar> parser;
    bool is_head = false;
    bool closes = false;
};

void http_parser::state::append(char const* data, std::size_t size)
{
    auto* const end = buffer.data() + body_end;
    if (end != data) std::memmove(end, data, size);
    body_end += size;
}

void http_parser::state::begin_response()
{
    head_begin = parsed;
    head_end = 0;
    parser.emplace(*this);
    parser->header_limit(head_bytes_max);
    parser->body_limit(body_bytes_max);
    parser->skip(is_head);
}

result<bool> http_parser::state::fail(boost::beast::error_code const& error) const
{
    if (error == http::error::body_limit) {
        return failure{
            errc::malformed, fmt::format("the body is longer than {} bytes", body_bytes_max), {}};
    }
    if (error == http::error::header_limit) {
        return failure{
            errc::malformed, fmt::format("the head is longer than {} bytes", head_bytes_max), {}};
    }
    return failure{errc::malformed, "not an HTTP/1.1 response: " + error.message(), {}};
}

void http_parser::state::finish_head(std::size_t end)
{
    head_end = end;
    body_end = end;
    parser->eager(true);
}

result<bool> http_parser::state::parse()
{
    while (parsed < filled) {
        // Beast asserts that the end of a chunked body, five bytes at least, is not cut shorter.
        auto const in_chunks = head_end != 0 && parser->chunked();
        if (in_chunks && filled - parsed < chunks_end_bytes) return false;
        boost::beast::error_code error;
        parsed += parser->put({buffer.data() + parsed, filled - parsed}, error);
        if (error == http::error::need_more) return false;
        if (error) return fail(error);
        if (head_end == 0 && parser->is_header_done()) finish_head(parsed);
        if (!parser->is_done()) continue;
        auto const status = parser->status();
        if (status < 100 || status >= 200 || status == 101) {
            // Bytes that nobody asked for make the connection unfit for another exchange.
            closes = !parser->keep_alive() || status == 101 || parsed < filled;
            return true;
        }
        begin_response();
    }
    return false;
}

// Closes the gaps before the head and behind the body.
void http_parser::state::compact()
{
    auto const unparsed = filled - parsed;
    if (head_end == 0) {
        std::memmove(buffer.data(), buffer.data() + head_begin, filled - head_begin);
        parsed -= head_begin;
        filled -= head_begin;
        head_begin = 0;
        return;
    }
    std::memmove(buffer.data() + body_end, buffer.data() + parsed, unparsed);
    parsed = body_end;
    filled = body_end + unparsed;
}

void http_parser::state::grow()
{
    auto extra = std::min(buffer.size(), growth_bytes_max);
    if (head_end != 0 && !parser->chunked()) {
        if (auto const remaining = parser->content_length_remaining()) {
            auto const wanted = std::min<std::uint64_t>(*remaining, growth_bytes_max);
            extra = std::max(extra, static_cast<std::size_t>(wanted));
        }
    }
    buffer.resize(buffer.size() + extra);
}

http_parser::http_parser(std::size_t body_bytes_max)
    : state_{std::make_unique<state>(body_bytes_max)}
{
}

http_parser::http_parser(http_parser&&) noexcept = default;
http_parser& http_parser::operator=(http_parser&&) noexcept = default;
http_parser::~http_parser() = default;

void http_parser::start(bool is_head)
{
    auto& s = *state_;
    s.parsed = s.filled = s.body_end = s.bytes_received = 0;
    s.is_head = is_head;
    s.closes = false;
    s.begin_response();
}

std::span<char> http_parser::room()
{
    auto& s = *state_;
    if (s.buffer.size() - s.filled < room_bytes_min) s.compact();
    if (s.buffer.size() - s.filled < room_bytes_min) s.grow();
    return std::span{s.buffer}.subspan(s.filled);
}

result<bool> http_parser::received(std::size_t count)
{
    state_->filled += count;
    state_->bytes_received += count;
    return state_->parse();
}

result<void> http_parser::ended()
{
    auto& s = *state_;
    auto const truncated = failure{
        errc::connection_lost,
        fmt::format("the connection closed after {} bytes of a response", s.bytes_received),
        {}};
    if (!s.parser->got_some()) return truncated;
    boost::beast::error_code error;
    s.parser->put_eof(error);
    if (error) return truncated;
    s.closes = true;
    return boost::system::in_place_value;
}

http_response_view http_parser::view() const noexcept
{
    auto const& s = *state_;
    auto const all = std::string_view{s.buffer.data(), s.buffer.size()};
    return {
        .status = s.parser->status(),
        .head = all.substr(s.head_begin, s.head_end - s.head_begin),
        .body = all.substr(s.head_end, s.body_end - s.head_end),
        .closes = s.closes,
    };
}

std::size_t http_parser::bytes_received() const noexcept
{
    return state_->bytes_received;
}

} // namespace watertight::net
