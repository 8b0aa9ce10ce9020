#pragma once

#include "harness/net/http_client.hpp"
#include "harness/target/render.hpp"

#include <optional>

namespace watertight::target {

/// One operation carried out: what was sent, what came back, and what was wrong with it.
struct exchange {
    rendered request;
    /// Nothing if no answer came or nothing was sent.
    std::optional<net::http_response> answer;
    /// Why it does not count as success: not rendered, not answered, or a status that the
    /// operation does not accept (`unauthorised`, `not_found` or `rejected`).
    std::optional<failure> error;

    bool ok() const noexcept { return !error; }
    /// The target certainly did nothing: it was never asked, or answered with a 4xx status.
    bool had_no_effect() const noexcept;
};

/// Bounds on repeating what the target put off.
struct patience {
    int attempts_max = 6;
    /// A longer Retry-After is not waited for: the answer is returned as it is. Most limits count
    /// by the minute.
    std::chrono::nanoseconds wait_max = std::chrono::seconds{90};
};

/// Sends `op`, for work that is not timed. Repeats it only on 429 and 503, after Retry-After or a
/// growing pause; for an operation with `poll`, repeats it until the job has ended, for
/// `op.within` (a minute if that is not given).
///
/// The references and what `s` points to live in frames that await this.
asio::awaitable<exchange> perform(
    net::http_client& client,
    model const& m,
    operation const& op,
    scope s,
    overrides o = {},
    patience p = {}
);

/// The pause that an answer asks for: Retry-After in seconds or as an HTTP date.
std::optional<std::chrono::nanoseconds>
retry_after(net::http_response const& answer, wall::time_point now);

} // namespace watertight::target
