#pragma once

#include "harness/drill/checks.hpp"
#include "harness/target/model.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace watertight::drill {

/// Runs statements from a file or from the scenario on a named store.
struct sql_step {
    std::string store;
    /// Path of the file, relative paths already resolved; empty if `text` is given.
    std::string file;
    std::string text;
};

/// Runs a program without a shell; environment variables of the scenario are passed on.
struct command_step {
    std::vector<std::string> arguments;
};

struct http_step {
    target::operation call;
};

/// Repeats a query or a request until its answer holds `expected`.
struct wait_step {
    std::variant<sql_step, http_step> ask;
    /// Substring of the first row's first column, or of the body.
    std::string expected;
};

/// One line of a runbook.
struct step {
    std::string name;
    std::variant<sql_step, command_step, http_step, wait_step> action;
    /// Of one attempt.
    std::chrono::nanoseconds deadline = std::chrono::minutes{5};
    /// Attempts after the first one that failed.
    std::size_t retries = 0;
    target::source_place place{};
};

struct budgets {
    std::optional<std::chrono::nanoseconds> detection;
    std::optional<std::chrono::nanoseconds> decision;
    std::optional<std::chrono::nanoseconds> execution;
    std::optional<std::chrono::nanoseconds> recovery;
    std::optional<std::chrono::nanoseconds> verification;
};

/// What on the live traffic makes the drill decide to roll back. With nothing set it does so at
/// once.
struct trigger {
    /// Share of failed requests over the last second (or the last 20 answers, if fewer came in
    /// it) above which it trips; nothing: not watched.
    std::optional<double> error_rate;
    /// p95 of the last second above this many times the baseline's.
    std::optional<double> p95_times_baseline;
    /// Roll back after so long in the new version, though nothing is wrong.
    std::optional<std::chrono::nanoseconds> after;
};

/// How long the steps would take with more data than the rehearsal has: measured with several
/// sizes, continued to another.
struct extrapolation {
    std::vector<std::uint64_t> sizes{};
    std::uint64_t to = 0;
    /// Makes data of the size that WATERTIGHT_SIZE (in SQL the setting watertight.size) names.
    std::vector<step> prepare{};
};

/// The scenario's rehearsal of a cutover and its rollback.
struct plan {
    std::vector<step> forward;
    /// Makes the new version fail, so that detection can be timed; may be empty.
    std::vector<step> inject;
    std::vector<step> rollback;
    /// Always run at the end, whatever happened (undo of `inject`).
    std::vector<step> finally;
    trigger when;
    budgets limits;
    /// Traffic during the drill; `operations` are requests of the system that is migrated.
    std::vector<target::operation> traffic;
    double rate_per_s = 50;
    std::chrono::nanoseconds baseline_for = std::chrono::seconds{3};
    /// Good answers in a row that count as recovered.
    std::size_t recovered_after = 20;
    /// What must be the same after the drill as before it.
    std::vector<fingerprint_site> fingerprints;
    verification verify;
    /// Nothing: what the forward steps did is not looked at.
    std::optional<validation> validate;
    std::optional<extrapolation> extrapolate;
    target::source_place place;

    /// Without a way back there must at least be something to validate.
    bool empty() const noexcept { return rollback.empty() && !validate; }
};

} // namespace watertight::drill
