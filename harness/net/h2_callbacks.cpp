// What nghttp2 tells of the frames that come and go.
#include "harness/base/assert.hpp"
#include "harness/net/h2_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace watertight::net {

static constexpr std::size_t debug_bytes_max = 100;

// Gives up a stream of which too much came.
void h2_session::state::refuse(h2_stream& stream, std::string why, std::uint32_t code)
{
    stream.fault = failure{errc::malformed, std::move(why), {}};
    settle(stream);
    nghttp2_submit_rst_stream(session.get(), NGHTTP2_FLAG_NONE, stream.id, code);
}

void h2_session::state::complete(h2_stream& stream)
{
    if (stream.settled) return;
    settle(stream);
    // The server answers without the rest of the body (413): it gets no more of it.
    if (stream.body_sent) return;
    nghttp2_submit_rst_stream(session.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_NO_ERROR);
}

// Whatever a server says about itself is cut and made printable.
static std::string printable(std::string_view said)
{
    std::string out{said.substr(0, debug_bytes_max)};
    std::ranges::replace_if(
        out, [](char c) { return c < ' ' || c > '~'; }, '?'
    );
    return out;
}

void h2_session::state::on_goaway(nghttp2_goaway const& frame)
{
    closing = true;
    goaway = fmt::format("GOAWAY {}", nghttp2_http2_strerror(frame.error_code));
    if (frame.opaque_data_len == 0) return;
    goaway += ": " + printable(as_text(frame.opaque_data, frame.opaque_data_len));
}

int h2_session::state::on_frame(nghttp2_session* session, nghttp2_frame const* frame, void* self)
{
    auto& s = *static_cast<state*>(self);
    if (frame->hd.type == NGHTTP2_GOAWAY) s.on_goaway(frame->goaway);
    auto* const stream = stream_of(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_RST_STREAM) stream->reset = true;
    if (frame->hd.type == NGHTTP2_HEADERS) stream->end_fields();
    auto const may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (may_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) s.complete(*stream);
    return 0;
}

int h2_session::state::on_begin_headers(nghttp2_session* session, nghttp2_frame const* frame, void*)
{
    if (auto* const stream = stream_of(session, frame->hd.stream_id)) stream->begin_fields();
    return 0;
}

int h2_session::state::on_field(std::int32_t id, std::string_view name, std::string_view value)
{
    auto* const stream = stream_of(session.get(), id);
    if (stream == nullptr || stream->settled) return 0;
    if (stream->text.size() + name.size() + value.size() + 4 <= options.head_bytes_max) {
        stream->add_field(name, value);
        return 0;
    }
    auto why = fmt::format("the head is longer than {} bytes", options.head_bytes_max);
    refuse(*stream, std::move(why), NGHTTP2_CANCEL);
    return 0;
}

int h2_session::state::on_data(
    nghttp2_session* session,
    std::uint8_t,
    std::int32_t id,
    std::uint8_t const* data,
    std::size_t size,
    void* self
)
{
    auto& s = *static_cast<state*>(self);
    auto* const stream = stream_of(session, id);
    if (stream == nullptr || stream->settled) return 0;
    if (stream->body.size() + size <= s.options.body_bytes_max) {
        stream->body.append(as_text(data, size));
        return 0;
    }
    auto why = fmt::format("the body is longer than {} bytes", s.options.body_bytes_max);
    s.refuse(*stream, std::move(why), NGHTTP2_CANCEL);
    return 0;
}

failure h2_session::state::close_fault(h2_stream const& stream, std::uint32_t code)
{
    auto const* const name = nghttp2_http2_strerror(code);
    if (code == NGHTTP2_REFUSED_STREAM && !stream.reset && !closing) {
        return {errc::unreachable, "the request cannot be sent: its head is too long", {}};
    }
    if (code == NGHTTP2_REFUSED_STREAM && !stream.reset) {
        auto why = fmt::format("the server closes the connection and left this out ({})", goaway);
        return {errc::unreachable, std::move(why), {}};
    }
    if (code == NGHTTP2_REFUSED_STREAM) {
        return {errc::unreachable, "the server refused the request before its processing", {}};
    }
    if (stream.reset) {
        return {errc::connection_lost, fmt::format("the server reset the stream ({})", name), {}};
    }
    auto why = std::exchange(complaint, {});
    if (why.empty()) why = name;
    return {errc::malformed, "not an HTTP/2 response: " + why, {}};
}

int h2_session::state::on_close(
    nghttp2_session* session, std::int32_t id, std::uint32_t code, void* self
)
{
    auto& s = *static_cast<state*>(self);
    auto* const stream = stream_of(session, id);
    if (stream == nullptr) return 0;
    stream->open = false;
    --s.open;
    if (!stream->settled) {
        stream->fault = s.close_fault(*stream, code);
        s.settle(*stream);
    }
    if (!stream->queued) s.release(*stream);
    return 0;
}

int h2_session::state::before_send(nghttp2_session* session, nghttp2_frame const* frame, void* self)
{
    auto& s = *static_cast<state*>(self);
    if (frame->hd.type == NGHTTP2_GOAWAY) s.terminated = true;
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (auto* const stream = stream_of(session, frame->hd.stream_id)) stream->begun = true;
    return 0;
}

static int on_complaint(nghttp2_session*, int, char const* why, std::size_t size, std::string& into)
{
    into = printable({why, size});
    return 0;
}

nghttp2_session_callbacks const* h2_session::state::callbacks()
{
    static nghttp2_owned<nghttp2_session_callbacks> const all = [] {
        nghttp2_session_callbacks* made = nullptr;
        WT_ASSERT(nghttp2_session_callbacks_new(&made) == 0);
        nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
        nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(made, on_close);
        nghttp2_session_callbacks_set_before_frame_send_callback(made, before_send);
        nghttp2_session_callbacks_set_on_header_callback(
            made,
            [](auto*,
               auto* frame,
               std::uint8_t const* name,
               auto name_size,
               std::uint8_t const* value,
               auto size,
               auto,
               void* s) {
                return static_cast<state*>(s)->on_field(
                    frame->hd.stream_id, as_text(name, name_size), as_text(value, size)
                );
            }
        );
        nghttp2_session_callbacks_set_error_callback2(
            made,
            [](auto* of, int code, char const* why, std::size_t size, void* s) {
                return on_complaint(of, code, why, size, static_cast<state*>(s)->complaint);
            }
        );
        return nghttp2_owned<nghttp2_session_callbacks>{made};
    }();
    return all.get();
}

} // namespace watertight::net
