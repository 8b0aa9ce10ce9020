#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// A server of the run's own on a port of loopback, to which a target delivers what tenants asked
/// for. Each box is a URL that nobody guesses. Lives on one core; `close` must be awaited.
class sink {
public:
    using box = std::size_t;

    explicit sink(asio::any_io_executor core);
    sink(sink const&) = delete;
    sink& operator=(sink const&) = delete;
    ~sink();

    /// @return `unreachable` if no port can be had.
    result<void> open();
    /// @param secret  its part of the URL.
    box add(std::string_view secret);
    std::string url(box b) const;

    /// Answers the next deliveries to this box with 503.
    void refuse(box b, std::size_t times);

    /// Each delivery so far, as it was sent: request line, headers, body.
    std::vector<std::string> const& delivered(box b) const;

    /// Waits until deliveries to the box, of which the first `after` do not count, hold one of
    /// `tokens`, or the time is over.
    asio::awaitable<bool> wait_for(
        box b, std::vector<std::string> tokens, std::size_t after, std::chrono::nanoseconds time
    );

    asio::awaitable<void> close();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Whether an HTTP request is complete: its body by Content-Length or in chunks.
bool is_whole_request(std::string_view received);

} // namespace watertight::probe
