#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"
#include "harness/net/connection_options.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/net/http.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace watertight::net {

/// Who has sent a request and is told how that ended: once, by the loop, never from within `start`.
class http_lane_owner {
public:
    /// @param view  points into the lane's buffers: valid during the call, or until `start`.
    /// @param at    when the last byte was there.
    virtual void on_answer(http_response_view const& view, steady::time_point at) = 0;
    /// `unreachable`, `deadline_exceeded`, `connection_lost` or `malformed`, with a sentence.
    virtual void on_failure(failure why) = 0;

protected:
    ~http_lane_owner() = default;
};

/// Carries one request at a time to an endpoint and brings the answer: a connection of its own
/// (HTTP/1.1), or one of the streams that share a connection (HTTP/2).
///
/// Connects by itself. Never repeats a request on its own, except when a reused idle connection
/// turns out to be closed before any byte of the response came and the method is safe to repeat.
/// Lives on one core; calls its owner back instead of suspending anything, so that a request takes
/// no coroutine frame and no memory.
class http_lane {
public:
    virtual ~http_lane() = default;

    /// @param wire      request line, headers, body; stays where it is until the exchange has
    ///                  ended.
    /// @param is_head   the request's method is HEAD: the response has no body.
    /// @param now       the present, for `sent_at`.
    /// @param deadline  for everything, connecting included.
    /// @pre no exchange is under way.
    virtual void start(
        std::string_view wire, bool is_head, steady::time_point now, steady::time_point deadline
    ) = 0;

    /// Ends what is under way without telling the owner; an answer on its way is lost.
    virtual void close() noexcept = 0;

    virtual bool is_open() const noexcept = 0;
    /// How often a connection was made: 1 means that keep-alive held all the time.
    virtual std::uint64_t connects() const noexcept = 0;
    /// When the first byte of the last request left.
    virtual steady::time_point sent_at() const noexcept = 0;
};

/// A lane of the version that the options ask for, with a connection of its own.
std::unique_ptr<http_lane> make_lane(
    asio::any_io_executor core, endpoint where, connection_options options, http_lane_owner& owner
);

} // namespace watertight::net
