#include "tests/support/memory_h2_server.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <stdexcept>

namespace watertight::test {

namespace {

struct outgoing {
    memory_h2_server::answer what;
    std::size_t sent = 0;
};

} // namespace

struct memory_h2_server::state {
    explicit state(options what);
    ~state() { nghttp2_session_del(session); }
    state(state const&) = delete;
    state& operator=(state const&) = delete;

    void on_frame(nghttp2_frame const& frame);

    options settings;
    nghttp2_session* session = nullptr;
    std::map<std::int32_t, request> requests;
    std::map<std::int32_t, outgoing> answers;
    int goaway_code = -1;
    std::size_t pongs = 0;
};

static std::string text_of(std::uint8_t const* data, std::size_t size)
{
    return {data, data + size};
}

static std::vector<nghttp2_nv> pairs_of(memory_h2_server::fields const& all)
{
    std::vector<nghttp2_nv> out;
    auto const bytes = [](std::string const& s) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(s.data()));
    };
    for (auto const& [name, value] : all) {
        out.push_back({bytes(name), bytes(value), name.size(), value.size(), 0});
    }
    return out;
}

std::string memory_h2_server::request::field(std::string_view name) const
{
    auto const at = std::ranges::find(head, name, [](auto const& f) { return f.first; });
    return at == head.end() ? "" : at->second;
}

void memory_h2_server::state::on_frame(nghttp2_frame const& frame)
{
    auto const id = frame.hd.stream_id;
    auto const is_ack = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (frame.hd.type == NGHTTP2_PING && is_ack) ++pongs;
    if (frame.hd.type == NGHTTP2_GOAWAY) goaway_code = static_cast<int>(frame.goaway.error_code);
    if (frame.hd.type == NGHTTP2_RST_STREAM) {
        requests[id].reset = true;
        requests[id].reset_code = frame.rst_stream.error_code;
    }
    auto const may_end = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
    if (may_end && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) requests[id].complete = true;
}

memory_h2_server::state::state(options what) : settings{what}
{
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks,
        [](auto*, nghttp2_frame const* frame, void* self) {
            static_cast<state*>(self)->on_frame(*frame);
            return 0;
        }
    );
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks,
        [](auto*, auto* frame, auto* name, auto n, auto* value, auto v, auto, void* self) {
            auto& head = static_cast<state*>(self)->requests[frame->hd.stream_id].head;
            head.emplace_back(text_of(name, n), text_of(value, v));
            return 0;
        }
    );
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks,
        [](auto* of, auto, std::int32_t id, auto* data, auto size, void* self) {
            auto& s = *static_cast<state*>(self);
            s.requests[id].body += text_of(data, size);
            return s.settings.reads_bodies ? nghttp2_session_consume(of, id, size) : 0;
        }
    );
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_server_new2(&session, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    std::array<nghttp2_settings_entry, 2> const entries{{
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.window_bytes},
    }};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
}

memory_h2_server::memory_h2_server() : memory_h2_server{options{}}
{
}

memory_h2_server::memory_h2_server(options what) : state_{std::make_unique<state>(what)}
{
}

memory_h2_server::~memory_h2_server() = default;

void memory_h2_server::received(std::string_view bytes)
{
    auto const* const data = reinterpret_cast<std::uint8_t const*>(bytes.data());
    auto const taken = nghttp2_session_mem_recv(state_->session, data, bytes.size());
    if (taken < 0) throw std::runtime_error{nghttp2_strerror(static_cast<int>(taken))};
}

std::string memory_h2_server::take_pending(std::size_t bytes_max)
{
    std::string out;
    while (out.size() < bytes_max) {
        std::uint8_t const* data = nullptr;
        auto const size = nghttp2_session_mem_send(state_->session, &data);
        if (size <= 0) break;
        out += text_of(data, static_cast<std::size_t>(size));
    }
    return out;
}

std::map<std::int32_t, memory_h2_server::request> const& memory_h2_server::requests() const
{
    return state_->requests;
}

int memory_h2_server::goaway_code() const
{
    return state_->goaway_code;
}

std::size_t memory_h2_server::pongs() const
{
    return state_->pongs;
}

static ssize_t read_answer(outgoing& of, std::span<std::uint8_t> into, std::uint32_t& flags)
{
    auto const n = std::min(into.size(), of.what.body.size() - of.sent);
    std::memcpy(into.data(), of.what.body.data() + of.sent, n);
    of.sent += n;
    if (of.sent < of.what.body.size()) return static_cast<ssize_t>(n);
    flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!of.what.trailers.empty()) flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    return static_cast<ssize_t>(n);
}

void memory_h2_server::reply(std::int32_t stream, answer what)
{
    what.head.insert(what.head.begin(), {":status", what.status});
    auto& of = state_->answers[stream] = outgoing{std::move(what), 0};
    nghttp2_data_provider body{};
    body.source.ptr = &of;
    body.read_callback =
        [](auto* session, auto id, auto* into, auto room, auto* flags, auto* source, auto*) {
            auto& answering = *static_cast<outgoing*>(source->ptr);
            auto const n = read_answer(answering, {into, room}, *flags);
            if ((*flags & NGHTTP2_DATA_FLAG_NO_END_STREAM) != 0) {
                auto const trailers = pairs_of(answering.what.trailers);
                nghttp2_submit_trailer(session, id, trailers.data(), trailers.size());
            }
            return n;
        };
    auto const head = pairs_of(of.what.head);
    auto const has_body = !of.what.body.empty() || !of.what.trailers.empty();
    nghttp2_submit_response(
        state_->session, stream, head.data(), head.size(), has_body ? &body : nullptr
    );
}

void memory_h2_server::inform(std::int32_t stream, std::string status)
{
    fields const all{{":status", std::move(status)}, {"x-interim", "1"}};
    auto const head = pairs_of(all);
    nghttp2_submit_headers(
        state_->session, NGHTTP2_FLAG_NONE, stream, nullptr, head.data(), head.size(), nullptr
    );
}

void memory_h2_server::reset(std::int32_t stream, std::uint32_t code)
{
    nghttp2_submit_rst_stream(state_->session, NGHTTP2_FLAG_NONE, stream, code);
}

void memory_h2_server::go_away(
    std::int32_t last_stream, std::uint32_t code, std::string const& debug
)
{
    auto const* const data = reinterpret_cast<std::uint8_t const*>(debug.data());
    nghttp2_submit_goaway(
        state_->session, NGHTTP2_FLAG_NONE, last_stream, code, data, debug.size()
    );
}

void memory_h2_server::allow(std::uint32_t streams_max)
{
    nghttp2_settings_entry const entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_max};
    nghttp2_submit_settings(state_->session, NGHTTP2_FLAG_NONE, &entry, 1);
}

void memory_h2_server::ping()
{
    nghttp2_submit_ping(state_->session, NGHTTP2_FLAG_NONE, nullptr);
}

} // namespace watertight::test
