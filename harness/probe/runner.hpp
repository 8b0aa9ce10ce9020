#pragma once

#include "harness/probe/context.hpp"
#include "harness/verdict/result.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// Whether "all", "api.*", "api.object_*" or "api.object_read" covers this id.
bool matches(std::string_view pattern, std::string_view id);

/// The units that `include` names and `exclude` does not, in the catalogue's order.
std::vector<unit> select(
    std::span<unit const> all,
    std::vector<std::string> const& include,
    std::vector<std::string> const& exclude
);

/// pass, fail, inconclusive or not_applicable, with the reason: no violation is a pass only if
/// something was decided and nothing was left undecided.
verdict::probe_outcome outcome_of(spec const& what, conclusion const& c);

/// Runs the units one after another. Outcomes, notes and tables are appended to `into`, and
/// findings to the book, as they come, so that a cancelled run keeps what it has. A store or target
/// that dies makes a probe inconclusive.
/// @param after_each  may be null.
asio::awaitable<void> run_all(
    context& ctx,
    std::vector<unit> units,
    verdict::run_result& into,
    evidence::finding_book& findings,
    std::function<void(verdict::probe_outcome const&)> after_each = {}
);

} // namespace watertight::probe
