#pragma once

#include "harness/probe/conclusion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::postgres::unguarded_relations {

/// What one view, copy or child of protected tables showed in a tenant's context.
struct attempt {
    /// "public.journey_report".
    std::string relation{};
    /// "view", "materialised view", "partition", "child table", "table", "foreign table".
    std::string kind{};
    tenant_index intruder{};
    /// The role read it.
    bool answered = false;
    std::string failure{};
    /// Another tenant's token out of a protected table.
    std::optional<evidence::sighting> token{};
    /// What it showed changed with a row that another tenant wrote, and with nothing else.
    std::optional<tenant_index> changes_with{};
    /// It took a function of the reader's own in its WHERE to see the token.
    bool by_function = false;
    std::string reproduction{};
};

/// @param control  the tenant saw its own token in a protected table by the same session.
probe::conclusion judge(std::vector<attempt> const& attempts, bool control);

} // namespace watertight::probes::postgres::unguarded_relations
