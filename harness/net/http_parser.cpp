#include "harness/net/http_parser.hpp"

#include "harness/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace watertight::net {

// A parser of our own instead of Beast's basic_parser: of the 1.2 us of user time that a response
// of 300 bytes may cost altogether, Beast's took 0.25 (3,850 instructions for a status line and six
// headers, and 1,260 more to look two of them up by name); this takes 0.09 (1,650 in all), measured
// by tests/bench/parser_bench.cpp. Both see the same responses: http_parser_beast_test.cpp.

static constexpr std::size_t head_bytes_max = 256U << 10;

// Of sixteen digits and the line's end: what is longer has extensions.
static constexpr std::size_t chunk_line_bytes = 18;

// Told from each other by their addresses; the sentences are completed in `why`.
static constexpr char const body_too_long[] = "the body is longer than {} bytes";
static constexpr char const head_too_long[] = "the head is longer than {} bytes";

http_parser::http_parser(
    std::size_t body_bytes_max, std::span<char> shared, head_memory* heads
) noexcept
    : shared_{shared}, heads_{heads}, body_bytes_max_{body_bytes_max}
{
    WT_ASSERT(!shared.empty());
}

void http_parser::start(bool is_head) noexcept
{
    own_.reset();
    own_bytes_ = 0;
    parsed_ = filled_ = 0;
    trailers_begin_ = trailers_end_ = 0;
    bytes_received_ = overhead_bytes_ = 0;
    fault_ = nullptr;
    is_head_ = is_head;
    closes_ = false;
    begin_response();
}

void http_parser::begin_response() noexcept
{
    fields_ = {};
    head_begin_ = searched_ = parsed_;
    head_end_ = body_begin_ = body_end_ = parsed_;
    stage_ = stage::status_line;
}

void http_parser::fail(line_fault fault) noexcept
{
    fault_ = fault;
    stage_ = stage::failed;
}

failure http_parser::why() const
{
    if (fault_ == body_too_long) {
        return {errc::malformed, fmt::format(body_too_long, body_bytes_max_), {}};
    }
    if (fault_ == head_too_long) {
        return {errc::malformed, fmt::format(head_too_long, head_bytes_max), {}};
    }
    return {errc::malformed, fmt::format("not an HTTP/1.1 response: {}", fault_), {}};
}

// The line at `parsed_` with its end, which is passed over; empty if it is not there yet, or if it
// is none, which fails.
std::string_view http_parser::next_line() noexcept
{
    auto const* const begin = data() + parsed_;
    auto const* const end = data() + filled_;
    auto const* const stop = find_control(data() + searched_, end);
    searched_ = static_cast<std::size_t>(stop - data());
    if (stop == end) return {};
    if (*stop != '\r') {
        fail(
            *stop == '\n' ? "a line ends without a carriage return"
                          : "a control character stands in a line"
        );
        return {};
    }
    if (stop + 1 == end) return {};
    if (stop[1] != '\n') {
        fail("a carriage return stands in a line");
        return {};
    }
    parsed_ = searched_ = searched_ + 2;
    return {begin, static_cast<std::size_t>(stop + 2 - begin)};
}

static std::string_view without_end(std::string_view line) noexcept
{
    return line.substr(0, line.size() - 2);
}

// Each step ends in another stage if it could; otherwise it waits for more.
void http_parser::parse() noexcept
{
    for (;;) {
        auto const before = stage_;
        switch (stage_) {
        case stage::status_line:
            parse_status_line();
            break;
        case stage::fields:
            parse_fields();
            break;
        case stage::body:
            parse_body();
            break;
        case stage::body_until_close:
            parse_body_until_close();
            break;
        case stage::chunk_line:
            parse_chunk_line();
            break;
        case stage::chunk:
            parse_chunk();
            break;
        case stage::chunk_end:
            parse_chunk_end();
            break;
        case stage::trailers:
            parse_trailers();
            break;
        case stage::complete:
        case stage::failed:
            return;
        }
        if (stage_ == before) return;
    }
}

// Only where a head may begin: nothing of it has been looked at.
bool http_parser::recognise_head() noexcept
{
    if (heads_ == nullptr || searched_ != head_begin_) return false;
    auto const* const known = heads_->find({data() + head_begin_, filled_ - head_begin_});
    if (known == nullptr) return false;
    fields_ = known->fields;
    parsed_ = searched_ = head_begin_ + known->text.size();
    return true;
}

void http_parser::parse_status_line() noexcept
{
    if (recognise_head()) return end_head();
    auto const line = next_line();
    if (!line.empty()) {
        auto const fault = fields_.take_status_line(without_end(line));
        if (fault != nullptr) return fail(fault);
        stage_ = stage::fields;
        return;
    }
    // What is no HTTP at all may never end its line.
    static constexpr std::string_view start = "HTTP/1.";
    auto const size = std::min(filled_ - parsed_, start.size());
    if (stage_ != stage::failed && std::memcmp(data() + parsed_, start.data(), size) != 0) {
        fail("it does not begin with HTTP/1.1");
    }
    if (filled_ - head_begin_ > head_bytes_max) fail(head_too_long);
}

void http_parser::parse_fields() noexcept
{
    for (;;) {
        auto const line = next_line();
        if (line.empty() || line.size() == 2) {
            if (parsed_ - head_begin_ > head_bytes_max || searched_ - head_begin_ > head_bytes_max)
            {
                return fail(head_too_long);
            }
            if (line.empty()) return;
            bool const is_sound = fields_.status >= 200 && fields_.check() == nullptr;
            if (heads_ != nullptr && is_sound) {
                heads_->keep({data() + head_begin_, parsed_ - head_begin_}, fields_);
            }
            return end_head();
        }
        auto const fault = fields_.take_field(without_end(line));
        if (fault != nullptr) return fail(fault);
    }
}

void http_parser::end_head() noexcept
{
    auto const fault = fields_.check();
    if (fault != nullptr) return fail(fault);
    auto const status = fields_.status;
    head_end_ = body_begin_ = body_end_ = parsed_;
    if (status < 200 && status != 101) {
        overhead_bytes_ += parsed_ - head_begin_;
        if (overhead_bytes_ > head_bytes_max) return fail(head_too_long);
        return begin_response();
    }
    if (is_head_ || status == 101 || status == 204 || status == 304) return complete();
    if (fields_.chunked) {
        stage_ = stage::chunk_line;
    } else if (fields_.length) {
        if (*fields_.length > body_bytes_max_) return fail(body_too_long);
        remaining_ = *fields_.length;
        stage_ = stage::body;
    } else {
        stage_ = stage::body_until_close;
    }
}

void http_parser::parse_body() noexcept
{
    auto const size = std::min<std::uint64_t>(remaining_, filled_ - parsed_);
    parsed_ += size;
    body_end_ += size;
    remaining_ -= size;
    if (remaining_ == 0) complete();
}

void http_parser::parse_body_until_close() noexcept
{
    body_end_ = parsed_ = filled_;
    if (body_end_ - body_begin_ > body_bytes_max_) fail(body_too_long);
}

void http_parser::parse_chunk_line() noexcept
{
    auto const line = next_line();
    auto const so_far = line.empty() ? searched_ - parsed_ : line.size();
    if (overhead_bytes_ + so_far > head_bytes_max)
        return fail("its chunks have endless extensions");
    if (line.empty()) return;
    auto const fault = take_chunk_line(without_end(line), remaining_);
    if (fault != nullptr) return fail(fault);
    if (line.size() > chunk_line_bytes) overhead_bytes_ += line.size() - chunk_line_bytes;
    if (remaining_ == 0) {
        trailers_begin_ = parsed_;
        stage_ = stage::trailers;
        return;
    }
    if (remaining_ > body_bytes_max_ - (body_end_ - body_begin_)) return fail(body_too_long);
    // The first one stays where it is.
    if (body_end_ == body_begin_) body_begin_ = body_end_ = parsed_;
    stage_ = stage::chunk;
}

void http_parser::parse_chunk() noexcept
{
    auto const size = std::min<std::uint64_t>(remaining_, filled_ - parsed_);
    if (body_end_ != parsed_) std::memmove(data() + body_end_, data() + parsed_, size);
    parsed_ += size;
    body_end_ += size;
    remaining_ -= size;
    if (remaining_ == 0) stage_ = stage::chunk_end;
}

void http_parser::parse_chunk_end() noexcept
{
    static constexpr std::string_view end = "\r\n";
    auto const size = std::min(filled_ - parsed_, end.size());
    if (std::memcmp(data() + parsed_, end.data(), size) != 0) {
        return fail("a chunk is longer than it said");
    }
    if (size < end.size()) return;
    parsed_ += size;
    searched_ = parsed_;
    stage_ = stage::chunk_line;
}

void http_parser::parse_trailers() noexcept
{
    for (;;) {
        auto const line = next_line();
        if (stage_ == stage::failed) return;
        if (searched_ - trailers_begin_ > head_bytes_max) return fail("it has endless trailers");
        if (line.empty()) return;
        if (line.size() == 2) {
            trailers_end_ = parsed_ - line.size();
            return complete();
        }
        auto const fault = check_trailer(without_end(line));
        if (fault != nullptr) return fail(fault);
    }
}

void http_parser::complete() noexcept
{
    auto const keeps = fields_.is_http_1_1 ? !fields_.says_close : fields_.says_keep_alive;
    // HTTP/1.0 has no chunks: who sends them there anyway cannot be trusted with a second response.
    auto const sound = fields_.is_http_1_1 || !fields_.transfer_coded;
    // Bytes that nobody asked for make the connection unfit for another exchange.
    closes_ = !keeps || !sound || fields_.status == 101 || parsed_ < filled_;
    // Moving what was held may have given the trailers that never came a place.
    if (trailers_end_ == 0) trailers_begin_ = 0;
    stage_ = stage::complete;
}

result<bool> http_parser::received(std::size_t count)
{
    filled_ += count;
    bytes_received_ += count;
    parse();
    if (stage_ == stage::complete) return true;
    if (stage_ == stage::failed) return why();
    if (!own_) move_to_own(held_bytes() + wanted_bytes());
    return false;
}

result<void> http_parser::ended()
{
    if (stage_ == stage::body_until_close) {
        complete();
        closes_ = true;
        return boost::system::in_place_value;
    }
    return failure{
        errc::connection_lost,
        fmt::format("the connection closed after {} bytes of a response", bytes_received_),
        {}};
}

http_response_view http_parser::view() const noexcept
{
    auto const piece = [this](std::size_t begin, std::size_t end) {
        return std::string_view{data() + begin, end - begin};
    };
    return {
        .status = fields_.status,
        .head = piece(head_begin_, head_end_),
        .body = piece(body_begin_, body_end_),
        .trailers = piece(trailers_begin_, trailers_end_),
        .coding = fields_.coding,
        .sets_cookie = fields_.sets_cookie,
        .closes = closes_,
    };
}

} // namespace watertight::net
