#pragma once

#include "harness/probe/conclusion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::postgres::session_residue {

/// Something that a session of the pooler's still had when nobody in particular was given it.
struct residue {
    /// "temporary table recent", "setting app.tenant_id", "cursor c", "search_path".
    std::string what{};
    tenant_index victim{};
    std::string token{};
    std::string reproduction{};
};

struct trial {
    /// Server sessions that were looked into, and those of them that had served others before.
    std::size_t sessions = 0;
    std::size_t used = 0;
    std::vector<residue> found{};
};

probe::conclusion judge(trial const& t);

} // namespace watertight::probes::postgres::session_residue
