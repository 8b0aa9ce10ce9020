#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"
#include "harness/net/connection_options.hpp"
#include "harness/net/endpoint.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace watertight::net {

/// A connection (TLS where the endpoint says so) whose bytes the caller makes sense of: for answers
/// without an end. Lives on one core.
class raw_line {
public:
    raw_line(asio::any_io_executor core, endpoint where, connection_options options);
    raw_line(raw_line&&) noexcept;
    raw_line& operator=(raw_line&&) noexcept;
    ~raw_line();

    /// Connects and sends `bytes`. @return `unreachable` or `connection_lost`, with a sentence.
    asio::awaitable<result<void>> open(std::string bytes, steady::time_point deadline);
    void send(std::string_view bytes);

    /// Waits until there is more than the caller has seen. @return false if there is not, because
    /// the deadline passed, the caller was cancelled or nothing more can come.
    asio::awaitable<bool> more(steady::time_point deadline);

    /// All that has come; a peer that sends without end is cut off at a few megabytes.
    std::string const& received() const noexcept;
    bool has_ended() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::net
