#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::target {

/// Statuses that an operation counts as success, or a job as going on: [first, last].
struct status_range {
    int first = 200;
    int last = 299;
};

/// How the answers to one request tell that an asynchronous job has ended.
struct poll_rule {
    /// JSON pointer of the state.
    std::string pointer;
    /// In its place an ECMAScript regular expression, whose first group (or whole match) in the
    /// body is the state.
    std::string pattern;
    /// States in which it has ended.
    std::vector<std::string> until;
    /// Statuses while it goes on, of a request that is answered with the result at last.
    std::vector<status_range> pending;

    /// Whether there is a rule at all: the request is about a job.
    bool is_set() const noexcept { return !until.empty() || !pending.empty(); }
    /// The answers tell a state, not the result.
    bool tells_state() const noexcept { return !until.empty(); }
    bool is_pending(int status) const noexcept;
    bool has_ended(int status, std::string_view body) const;
};

} // namespace watertight::target
