#pragma once

#include "probes/lifecycle/purge/probe.hpp"

#include <map>

namespace watertight::probes::lifecycle::purge {

/// What one place holds of a tenant at one moment.
struct trace {
    std::uint64_t count = 0;
    std::string token{};
    std::string where{};
    std::string reproduction{};
};

/// Channel to what was found there.
using trace_map = std::map<std::string, trace>;

/// Searches every table, key, file and list that the scenario gives access to for the tenant's
/// canaries, id and slug. What could not be searched is added to `failures`.
asio::awaitable<trace_map>
traces(probe::context& ctx, target::tenant& t, std::vector<std::string>& failures);

std::vector<place> compare(trace_map const& before, trace_map const& after);

} // namespace watertight::probes::lifecycle::purge
