#pragma once

#include "harness/probe/conclusion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::postgres::definer_functions {

/// One call of a function in a tenant's context.
struct attempt {
    /// "public.find_journey(uuid)".
    std::string function{};
    tenant_index intruder{};
    /// What was passed, for people: "no arguments", "the id of another tenant's object".
    std::string arguments{};
    bool answered = false;
    /// Another tenant's token out of a protected table.
    std::optional<evidence::sighting> token{};
    std::string reproduction{};
};

/// @param control  the tenant saw its own token in a protected table by the same session.
probe::conclusion judge(std::vector<attempt> const& attempts, bool control);

} // namespace watertight::probes::postgres::definer_functions
