#pragma once

#include "harness/base/error.hpp"
#include "harness/net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace watertight::net {

struct h2_options {
    /// The requests' scheme is https.
    bool tls = true;
    /// A longer body ends its stream with `malformed`.
    std::size_t body_bytes_max = 64U << 20;
    /// So do longer headers, trailers included.
    std::size_t head_bytes_max = 256U << 10;
    /// Requests in flight, if the server allows more; before it said so, the protocol's advice 100.
    std::size_t streams_max = 1000;
    /// How much the server may send before what came was taken; it is taken at once, so that this
    /// has to cover a round trip only.
    std::int32_t stream_window_bytes = 1 << 20;
    std::int32_t connection_window_bytes = 16 << 20;
};

/// What becomes of requests; each tag that was submitted gets one call, unless it is cancelled.
///
/// Called from within `received`, `pending` and `closed` of the session; may call anything of it
/// but these, but neither throw nor destroy it.
class h2_events {
public:
    /// The head is text as HTTP/1.1 has it ("HTTP/2 200\r\nname: value\r\n\r\n"); valid during the
    /// call.
    virtual void answered(std::uint64_t tag, http_response_view const& response) = 0;
    /// `unreachable`: the server certainly did not process it. `connection_lost`: it may have.
    /// `malformed`: what came is no valid response or too long.
    virtual void broke(std::uint64_t tag, failure const& why) = 0;
    /// The server takes no further requests on this connection (GOAWAY); those that it has taken
    /// are still answered. Once at most.
    virtual void closing() = 0;

protected:
    ~h2_events() = default;
};

/// A client's HTTP/2 connection (RFC 9113) of many streams; does no I/O.
///
///     h2_session session{options, events};
///     auto const stream = session.submit(wire, tag);
///     send(session.pending()) ...; session.sent(n);
///     session.received(receive());                 // calls events
///
/// Lives on one core. PING and SETTINGS are answered, flow control windows are opened by itself.
class h2_session {
public:
    /// @param events  outlives the session.
    h2_session(h2_options const& options, h2_events& events);
    h2_session(h2_session&&) noexcept;
    h2_session& operator=(h2_session&&) noexcept;
    ~h2_session();

    /// True while a further request would go out at once: neither the server's limit of streams
    /// nor ours is reached, and the connection is not about to end.
    bool can_submit() const noexcept;

    /// Queues a request.
    ///
    /// @param wire  in HTTP/1.1's form; its body is kept alive by the caller until the tag's event
    ///              or `cancel`.
    /// @return the stream's number, or a failure after which nothing was queued: `malformed` for
    ///         what HTTP/2 cannot carry, `unreachable` if the connection takes no requests. A
    ///         request beyond the server's limit of streams waits for its turn.
    result<std::int32_t> submit(std::string_view wire, std::uint64_t tag);

    /// Abandons a request (RST_STREAM); its tag gets no event. Nothing happens if it had its own.
    void cancel(std::int32_t stream);

    /// Takes what came from the server.
    /// @return `malformed` if that is not HTTP/2: the connection is at its end, all streams broke;
    ///         `pending()` tells the server why.
    result<void> received(std::span<char const> bytes);

    /// What is to be sent, in batches; valid until the next call of anything but this.
    std::string_view pending();
    /// The first `count` bytes of `pending()` were sent.
    void sent(std::size_t count);

    /// The connection is gone: every open stream breaks with `why`, or with `unreachable` and the
    /// same sentence if its request was never handed out by `pending()`.
    void closed(failure const& why);

    /// Neither side has anything more to say: after GOAWAY, once the last stream has ended.
    bool is_done() const noexcept;
    /// Streams that are neither answered nor broken nor cancelled.
    std::size_t in_flight() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::net
