#pragma once

#include "harness/drill/run.hpp"
#include "harness/net/http_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::drill {

/// What the steps of a drill are carried out with. Lives as long as any of them.
struct step_tools {
    surroundings const& around;
    net::http_client& http;
    /// Told to SQL steps as the setting watertight.size, to commands as WATERTIGHT_SIZE.
    std::optional<std::uint64_t> size{};
};

/// Carries one step out, repeating it as its `retries` say.
///
/// @param phase  "forward", "injection", "execution" or "finally".
/// @param tools  in the frame of the drill, which awaits this.
/// @return what happened, with redacted output; a failure is no error but an outcome.
/// @note Cancelling the caller ends the step; the exception passes through.
asio::awaitable<verdict::drill_step> carry_out(step const& s, std::string phase, step_tools& tools);

/// "sql", "command", "http" or "wait".
std::string_view kind_of(step const& s) noexcept;

/// What the step would do, in a line: "sql on postgres: migrations/0001.sql".
std::string describe(step const& s);

} // namespace watertight::drill
