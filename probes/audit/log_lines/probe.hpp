#pragma once

#include "harness/probe/guests.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probes::audit::log_lines {

/// What one tenant alone did and had while the log was watched.
struct party {
    tenant_index who{};
    /// As lines name it.
    std::string tag{};
    /// Ids and canaries of what it made meanwhile.
    std::vector<std::string> tokens{};
    /// One of its exchanges, to show how it came about.
    probe::exchange example{};
};

/// What a log got while two tenants worked, each on its own alone.
struct trial {
    std::string log{};
    std::string file{};
    /// Where a line names its tenant.
    std::string tenant_at{};
    std::vector<std::string> lines{};
    std::vector<party> parties{};
    /// Passwords, tokens and keys that were used, each with what it is.
    std::vector<std::pair<std::string, std::string>> secrets{};
    /// Why the file could not be read; empty if it could.
    std::string failure{};
};

/// The tenant that a line names: at a JSON pointer, or by the expression's first group.
std::optional<std::string> tenant_of(std::string_view line, std::string const& where);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::audit::log_lines
