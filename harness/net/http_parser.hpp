#pragma once

#include "harness/base/error.hpp"
#include "harness/net/head_memory.hpp"
#include "harness/net/http.hpp"
#include "harness/net/http_line.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace watertight::net {

/// Parses HTTP/1.x responses in the buffer that they are received into; does no I/O.
///
///     parser.start(is_head);
///     for (bool whole = false; !whole;) {
///         auto const room = parser.room();
///         whole = *parser.received(read(room));
///     }
///     auto const view = parser.view();
///
/// A response that arrives whole stays in the buffer that all parsers of a core share, and takes no
/// memory. One that arrives in pieces moves to storage of the parser's own, which the next `start`
/// or `release` gives back. Informational (1xx) responses are skipped. A body whose length is known
/// stays where it was received; the chunks of another are moved together there.
///
/// Stricter than it need be where leniency would let two programs see different responses: folded
/// headers, bare line ends, a length beside a Transfer-Encoding are `malformed`.
class http_parser {
public:
    /// @param body_bytes_max  a longer body is `malformed`.
    /// @param shared          where responses are received that arrive whole: those of all parsers
    ///                        of a core, one after the other. Outlives the parser; not empty.
    /// @param heads           of the same core, outlives the parser as well; null: every head is
    ///                        parsed.
    http_parser(
        std::size_t body_bytes_max, std::span<char> shared, head_memory* heads = nullptr
    ) noexcept;

    /// Forgets what was there; the next byte begins a response.
    /// @param is_head  it answers a HEAD request, so it has no body whatever its headers say.
    void start(bool is_head) noexcept;

    /// Where to receive to; never empty, valid until the next call. What is received there must be
    /// told by `received` before another parser of the same `shared` receives.
    std::span<char> room();

    /// `count` bytes were written to `room()`. @return true once the response is complete.
    result<bool> received(std::size_t count);

    /// The peer closed the connection. Ends a body that has no other end.
    result<void> ended();

    /// The response; @pre complete. Valid until the next call of `start` or `release`, and, as it
    /// may lie in `shared`, until another parser of the same `shared` receives.
    http_response_view view() const noexcept;

    /// Bytes received since `start`, 1xx responses included.
    std::size_t bytes_received() const noexcept { return bytes_received_; }

    /// Gives back the memory of the last response, for a connection that will lie idle.
    void release() noexcept { start(false); }

private:
    enum class stage : std::uint8_t {
        status_line,
        fields,
        body,
        body_until_close,
        chunk_line,
        chunk,
        chunk_end,
        trailers,
        complete,
        failed,
    };

    char* data() const noexcept { return own_ ? own_.get() : shared_.data(); }
    bool in_head() const noexcept { return stage_ <= stage::fields; }

    void begin_response() noexcept;
    std::string_view next_line() noexcept;
    void parse() noexcept;
    void parse_status_line() noexcept;
    bool recognise_head() noexcept;
    void parse_fields() noexcept;
    void end_head() noexcept;
    void parse_body() noexcept;
    void parse_body_until_close() noexcept;
    void parse_chunk_line() noexcept;
    void parse_chunk() noexcept;
    void parse_chunk_end() noexcept;
    void parse_trailers() noexcept;
    void complete() noexcept;
    void fail(line_fault fault) noexcept;
    failure why() const;

    std::size_t held_bytes() const noexcept;
    std::size_t wanted_bytes() const noexcept;
    void compact() noexcept;
    void move_held(char* to) noexcept;
    void move_to_own(std::size_t size);

    std::span<char> shared_;
    head_memory* heads_;
    /// Null as long as nothing of a response is held from one call of `received` to the next.
    std::unique_ptr<char[]> own_;
    std::size_t own_bytes_ = 0;
    std::size_t body_bytes_max_;

    // Offsets into `data()`, front to back: skipped 1xx responses, the head, a gap, the body so
    // far, a gap where chunk lines were, trailers, what is received but not parsed, room.
    std::size_t head_begin_ = 0;
    std::size_t head_end_ = 0;
    std::size_t body_begin_ = 0;
    std::size_t body_end_ = 0;
    std::size_t trailers_begin_ = 0;
    std::size_t trailers_end_ = 0;
    std::size_t parsed_ = 0;
    /// Up to here the line that begins at `parsed_` has no end.
    std::size_t searched_ = 0;
    std::size_t filled_ = 0;

    std::size_t bytes_received_ = 0;
    /// Of the body, or of the chunk, what is still to be received.
    std::uint64_t remaining_ = 0;
    /// Of skipped responses and chunk extensions.
    std::size_t overhead_bytes_ = 0;
    line_fault fault_ = nullptr;
    head_fields fields_;
    stage stage_ = stage::status_line;
    bool is_head_ = false;
    bool closes_ = false;
};

} // namespace watertight::net
