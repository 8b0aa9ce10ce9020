#pragma once

#include "harness/drill/run.hpp"
#include "harness/net/http_client.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace watertight::drill {

/// What the steps of a drill are carried out with. Lives as long as any of them.
struct step_tools {
    surroundings const& around;
    net::http_client& http;
    /// Whether the tenants' last answers to requests sent since then came from the old version:
    /// "all old", "all new", "mixed"; "none" where one has no answer yet.
    std::function<std::string(steady::time_point)> versions = {};
    /// Told of the process of each command.
    std::function<void(pid_t)> on_start = {};
    /// What the sessions of SQL steps are called, so that one that goes on after its drill was
    /// killed can be found; empty: they are called nothing.
    std::string session_name = {};
    /// Where copies are; empty: there is no room for any.
    std::string files = {};
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

/// Of a step during which the run was interrupted.
inline constexpr char const* interrupted_output = "interrupted";

/// "sql", "command", "http", "wait", "backup" or "restore".
std::string_view kind_of(step const& s) noexcept;

/// Asks once. @return the rows as they are shown, or the body of an answer that the operation
/// expects.
asio::awaitable<result<std::string>>
look(std::variant<sql_step, http_step> const& what, steady::time_point deadline, step_tools& tools);

/// The stores that the plan's steps and its fingerprint go to.
std::set<std::string> stores_changed(plan const& p);

/// Of all phases, in their order.
std::vector<step> all_steps(plan const& p);

/// Those that backups are brought back to and that are nothing else to the plan: what they hold
/// before and after it is no matter.
std::set<std::string> stores_to_restore_into(plan const& p);

/// What the step would do, in a line: "sql on postgres: migrations/0001.sql".
std::string describe(step const& s);

} // namespace watertight::drill
