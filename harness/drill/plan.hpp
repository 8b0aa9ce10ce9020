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

/// Whether each tenant's last answer to the traffic came from the new or from the old version.
struct version_question {
    bool is_new = false;
};

/// Repeats a query or a request until its answer holds `expected`; or looks at the traffic.
struct wait_step {
    std::variant<sql_step, http_step, version_question> ask;
    /// What the first row's first column is, with wild cards; part of a body.
    std::string expected;
};

/// The harness itself makes the copy, or puts it back, of which the step's `keeps` tells: with
/// pg_dump and pg_restore, or document by document.
struct copy_step {};

/// That a step puts aside what a store holds, or brings that back, whatever it does to that end.
struct safekeeping {
    enum class deed { backup, restore };
    deed what{};
    /// Of the backup.
    std::string name{};
    /// What is put aside, or where it is brought back to.
    fingerprint_site site{};
    /// Of documents: the database that they are brought back to; empty: their own.
    std::string into{};
    /// What the tenant column holds in the rows of the one tenant that it is about; empty: all are.
    std::string of{};
};

/// One line of a runbook.
struct step {
    std::string name;
    std::variant<sql_step, command_step, http_step, wait_step, copy_step> action;
    /// Of one attempt.
    std::chrono::nanoseconds deadline = std::chrono::minutes{5};
    /// Attempts after the first one that failed.
    std::size_t retries = 0;
    /// Doing it twice is as good as doing it once, so that it may be repeated when nobody knows
    /// whether it took effect.
    bool idempotent = false;
    /// How long it may take with all its attempts.
    std::optional<std::chrono::nanoseconds> budget;
    std::optional<safekeeping> keeps{};
    target::source_place place{};
};

struct budgets {
    /// All steps that bring a backup back, together.
    std::optional<std::chrono::nanoseconds> restore{};
    std::optional<std::chrono::nanoseconds> detection;
    std::optional<std::chrono::nanoseconds> decision;
    std::optional<std::chrono::nanoseconds> execution;
    std::optional<std::chrono::nanoseconds> recovery;
    std::optional<std::chrono::nanoseconds> verification;
};

/// A question whose answer must stay what it was before the first step: the sum of a ledger.
struct invariant {
    std::string name;
    std::variant<sql_step, http_step> ask;
    std::chrono::nanoseconds every = std::chrono::seconds{1};
};

/// What on the live traffic makes the drill decide to roll back. With nothing set it does so at
/// once.
struct trigger {
    /// Share of failed requests over the last second (or the last 20 answers, if fewer came in
    /// it) above which it trips; nothing: not watched.
    std::optional<double> error_rate;
    /// p95 of the last second above this many times the baseline's.
    std::optional<double> p95_times_baseline;
    /// Share of the users of the traffic whose last answers failed, above which it trips.
    std::optional<double> affected;
    /// One answer with another tenant's data is enough.
    bool leak = false;
    /// Any of these having another answer than before is enough.
    std::vector<invariant> invariants;
    /// A person decides: the drill rolls back when they say so.
    bool manual = false;
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

/// Where each answer tells which version of the service gave it.
struct version_echo {
    /// Name of a response header; empty: a JSON pointer into the body tells it.
    std::string header;
    std::string pointer;
    std::string old_version;
    std::string new_version;
};

/// A part of a gradual roll-out: steps, then so much time during which the triggers are watched.
struct stage {
    std::string name;
    std::vector<step> steps;
    std::chrono::nanoseconds dwell{};
};

/// The scenario's rehearsal of a cutover and its rollback.
struct plan {
    std::vector<step> forward;
    /// After `forward`, one after another; the first during which a trigger trips is the last.
    std::vector<stage> stages;
    /// Makes the new version fail, so that detection can be timed; may be empty.
    std::vector<step> inject;
    std::vector<step> rollback;
    /// The rollback is carried out a second time, which must neither fail nor change anything.
    bool rollback_twice = false;
    /// Always run at the end, whatever happened (undo of `inject`).
    std::vector<step> finally;
    trigger when;
    budgets limits;
    std::optional<version_echo> version;
    /// Traffic during the drill; `operations` are requests of the system that is migrated.
    std::vector<target::operation> traffic;
    /// Where a killed drill is only brought back: what its traffic was made of, to read back what
    /// that wrote. Nothing of it is sent otherwise.
    std::vector<target::operation> former_traffic{};
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
    /// Of everything that the scenario says of the drill and of the files that it names: a drill
    /// that was killed is brought back by the plan that it was begun with alone.
    std::string digest;
    target::source_place place;

    /// Without a way back there must at least be something to validate.
    bool empty() const noexcept { return rollback.empty() && !validate; }
};

} // namespace watertight::drill
