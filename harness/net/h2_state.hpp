#pragma once

#include "harness/net/byte_queue.hpp"
#include "harness/net/h2_request.hpp"
#include "harness/net/h2_session.hpp"
#include "harness/net/h2_stream.hpp"

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::net {

struct nghttp2_delete {
    void operator()(nghttp2_session* p) const noexcept { nghttp2_session_del(p); }
    void operator()(nghttp2_session_callbacks* p) const noexcept
    {
        nghttp2_session_callbacks_del(p);
    }
    void operator()(nghttp2_option* p) const noexcept { nghttp2_option_del(p); }
};

template <class T>
using nghttp2_owned = std::unique_ptr<T, nghttp2_delete>;

/// What an `h2_session` is, for the two files that make it up.
struct h2_session::state {
    state(h2_options const& options_, h2_events& events_);

    static nghttp2_session_callbacks const* callbacks();
    static int on_frame(nghttp2_session*, nghttp2_frame const* frame, void* self);
    static int on_begin_headers(nghttp2_session*, nghttp2_frame const* frame, void* self);
    static int on_data(
        nghttp2_session*,
        std::uint8_t flags,
        std::int32_t id,
        std::uint8_t const* data,
        std::size_t size,
        void* self
    );
    static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* self);
    static int before_send(nghttp2_session*, nghttp2_frame const* frame, void* self);

    void on_goaway(nghttp2_goaway const& frame);
    int on_field(std::int32_t id, std::string_view name, std::string_view value);
    std::uint32_t streams_max() const noexcept;
    h2_stream* find(std::int32_t id) noexcept;
    h2_stream& take_stream();
    void release(h2_stream& stream);
    void settle(h2_stream& stream);
    void refuse(h2_stream& stream, std::string why, std::uint32_t code);
    void complete(h2_stream& stream);
    failure close_fault(h2_stream const& stream, std::uint32_t code);
    void break_all(failure const& why);
    void pump();
    void deliver();

    h2_options options;
    h2_events& events;
    h2_request request;
    byte_queue out;
    // Those in use in front, then those to be used again.
    std::vector<std::unique_ptr<h2_stream>> streams;
    std::size_t in_use = 0;
    // Known to nghttp2; and not yet decided.
    std::size_t open = 0;
    std::size_t in_flight = 0;
    // Whose events are due.
    std::vector<h2_stream*> ready;
    std::vector<h2_stream*> delivering;
    bool is_delivering = false;
    bool closing = false;
    bool closing_is_told = false;
    // We told the server that what it sent is no HTTP/2.
    bool terminated = false;
    std::string goaway;
    // What nghttp2 last found wrong.
    std::string complaint;
    std::optional<failure> fault;
    nghttp2_owned<nghttp2_session> session;
};

inline h2_stream* stream_of(nghttp2_session* session, std::int32_t id)
{
    return static_cast<h2_stream*>(nghttp2_session_get_stream_user_data(session, id));
}

inline std::string_view as_text(std::uint8_t const* data, std::size_t size)
{
    return {reinterpret_cast<char const*>(data), size};
}

} // namespace watertight::net
