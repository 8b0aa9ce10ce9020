#include "harness/net/h2_session.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/h2_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace watertight::net {

// One write's worth; what is beyond waits within nghttp2, control frames in front.
static constexpr std::size_t batch_bytes = 64U << 10;
// Before the server's settings came: what RFC 9113 advises servers to allow at least.
static constexpr std::uint32_t streams_advised = 100;
static constexpr std::size_t request_head_bytes_max = 1U << 20;

static nghttp2_owned<nghttp2_option> session_options()
{
    nghttp2_option* made = nullptr;
    WT_ASSERT(nghttp2_option_new(&made) == 0);
    // Records of streams long gone serve only priorities, which nobody uses.
    nghttp2_option_set_no_closed_streams(made, 1);
    nghttp2_option_set_peer_max_concurrent_streams(made, streams_advised);
    nghttp2_option_set_max_send_header_block_length(made, request_head_bytes_max);
    // As over HTTP/1.1, blanks around a value are no reason to lose the response.
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(made, 1);
    return nghttp2_owned<nghttp2_option>{made};
}

void h2_session::state::settle(h2_stream& stream)
{
    stream.settled = true;
    stream.unsent = {};
    stream.queued = true;
    --in_flight;
    ready.push_back(&stream);
}

h2_session::state::state(h2_options const& options_, h2_events& events_)
    : options{options_}, events{events_}
{
    auto const settings = session_options();
    nghttp2_session* made = nullptr;
    WT_ASSERT(nghttp2_session_client_new2(&made, callbacks(), this, settings.get()) == 0);
    session.reset(made);
    auto const value = [](auto n) { return static_cast<std::uint32_t>(n); };
    std::array<nghttp2_settings_entry, 3> const entries{{
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, value(options.stream_window_bytes)},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, value(options.head_bytes_max)},
    }};
    nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
    nghttp2_session_set_local_window_size(
        made, NGHTTP2_FLAG_NONE, 0, options.connection_window_bytes
    );
}

std::uint32_t h2_session::state::streams_max() const noexcept
{
    return nghttp2_session_get_remote_settings(
        session.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS
    );
}

h2_stream& h2_session::state::take_stream()
{
    if (in_use == streams.size()) {
        streams.push_back(std::make_unique<h2_stream>());
        streams.back()->place = in_use;
    }
    return *streams[in_use++];
}

void h2_session::state::release(h2_stream& stream)
{
    --in_use;
    std::swap(streams[stream.place], streams[in_use]);
    streams[stream.place]->place = stream.place;
    stream.place = in_use;
    stream.id = 0;
}

h2_stream* h2_session::state::find(std::int32_t id) noexcept
{
    if (auto* const known = stream_of(session.get(), id)) return known;
    // Not opened yet, or closed with its event due.
    for (std::size_t i = 0; i < in_use; ++i) {
        if (streams[i]->id == id) return streams[i].get();
    }
    return nullptr;
}

void h2_session::state::break_all(failure const& why)
{
    fault = why;
    for (std::size_t i = 0; i < in_use; ++i) {
        auto& stream = *streams[i];
        if (stream.settled) continue;
        stream.fault = why;
        if (!stream.begun) stream.fault->code = errc::unreachable;
        settle(stream);
    }
}

void h2_session::state::pump()
{
    while (out.rest().size() < batch_bytes) {
        std::uint8_t const* data = nullptr;
        auto const size = nghttp2_session_mem_send(session.get(), &data);
        // Only memory can run out here.
        WT_ASSERT(size >= 0);
        if (size == 0) break;
        out.append(as_text(data, static_cast<std::size_t>(size)));
    }
    if (!terminated || fault) return;
    if (complaint.empty()) complaint = "the server broke the protocol";
    break_all({errc::malformed, "not HTTP/2: " + complaint, {}});
}

// nghttp2 must not be entered from its callbacks; so their events wait for this.
void h2_session::state::deliver()
{
    if (std::exchange(is_delivering, true)) return;
    if (closing && !std::exchange(closing_is_told, true)) events.closing();
    while (!ready.empty()) {
        delivering.swap(ready);
        for (auto* const stream : delivering) {
            if (stream->cancelled) {
            } else if (stream->fault) {
                events.broke(stream->tag, *stream->fault);
            } else {
                events.answered(stream->tag, stream->view());
            }
            stream->queued = false;
            if (!stream->open) release(*stream);
        }
        delivering.clear();
    }
    is_delivering = false;
}

h2_session::h2_session(h2_options const& options, h2_events& events)
    : state_{std::make_unique<state>(options, events)}
{
}

h2_session::h2_session(h2_session&&) noexcept = default;
h2_session& h2_session::operator=(h2_session&&) noexcept = default;
h2_session::~h2_session() = default;

bool h2_session::can_submit() const noexcept
{
    auto const& s = *state_;
    if (s.fault || s.closing || s.open >= s.options.streams_max) return false;
    return s.open < s.streams_max() && nghttp2_session_check_request_allowed(s.session.get()) != 0;
}

static ssize_t read_body(h2_stream& stream, std::span<std::uint8_t> into, std::uint32_t& flags)
{
    // Settled with its body unsent: a reset is on its way.
    if (stream.settled) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    auto const n = std::min(into.size(), stream.unsent.size());
    std::memcpy(into.data(), stream.unsent.data(), n);
    stream.unsent.remove_prefix(n);
    if (stream.unsent.empty()) {
        flags |= NGHTTP2_DATA_FLAG_EOF;
        stream.body_sent = true;
    }
    return static_cast<ssize_t>(n);
}

result<std::int32_t> h2_session::submit(std::string_view wire, std::uint64_t tag)
{
    auto& s = *state_;
    if (s.fault) return failure{errc::unreachable, s.fault->message, {}};
    if (s.closing || nghttp2_session_check_request_allowed(s.session.get()) == 0) {
        auto const* const why = s.closing ? s.goaway.c_str() : "all stream numbers are used";
        return failure{
            errc::unreachable, fmt::format("the connection takes no more requests ({})", why), {}};
    }
    auto const parsed = s.request.parse(wire, s.options.tls ? "https" : "http");
    if (parsed.has_error()) return parsed.error();
    auto& stream = s.take_stream();
    stream.begin(tag, s.request.body());
    nghttp2_data_provider body{};
    body.source.ptr = &stream;
    body.read_callback = [](auto*, auto, auto* into, auto room, auto* flags, auto* of, auto*) {
        return read_body(*static_cast<h2_stream*>(of->ptr), {into, room}, *flags);
    };
    auto const fields = s.request.fields();
    auto const id = nghttp2_submit_request(
        s.session.get(),
        nullptr,
        fields.data(),
        fields.size(),
        stream.unsent.empty() ? nullptr : &body,
        &stream
    );
    if (id < 0) {
        s.release(stream);
        return failure{errc::unreachable, nghttp2_strerror(id), {}};
    }
    stream.id = id;
    stream.open = true;
    ++s.open;
    ++s.in_flight;
    return id;
}

void h2_session::cancel(std::int32_t id)
{
    auto& s = *state_;
    auto* const stream = s.find(id);
    if (stream == nullptr || stream->cancelled) return;
    stream->cancelled = true;
    if (stream->settled) return;
    stream->settled = true;
    stream->unsent = {};
    --s.in_flight;
    nghttp2_submit_rst_stream(s.session.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

result<void> h2_session::received(std::span<char const> input)
{
    auto& s = *state_;
    if (s.fault) return *s.fault;
    auto const* const data = reinterpret_cast<std::uint8_t const*>(input.data());
    auto const taken = nghttp2_session_mem_recv(s.session.get(), data, input.size());
    if (taken < 0) {
        auto const* const why = nghttp2_strerror(static_cast<int>(taken));
        s.break_all({errc::malformed, fmt::format("not HTTP/2: {}", why), {}});
    } else {
        s.pump();
    }
    s.deliver();
    if (s.fault) return *s.fault;
    return boost::system::in_place_value;
}

std::string_view h2_session::pending()
{
    auto& s = *state_;
    if (!s.fault) {
        s.pump();
        s.deliver();
    }
    return s.out.rest();
}

void h2_session::sent(std::size_t count)
{
    state_->out.take(count);
}

void h2_session::closed(failure const& why)
{
    if (state_->fault) return;
    state_->break_all(why);
    state_->deliver();
}

bool h2_session::is_done() const noexcept
{
    auto const& s = *state_;
    if (!s.out.rest().empty()) return false;
    return s.fault || (nghttp2_session_want_read(s.session.get()) == 0 &&
                       nghttp2_session_want_write(s.session.get()) == 0);
}

std::size_t h2_session::in_flight() const noexcept
{
    return state_->in_flight;
}

} // namespace watertight::net
