#pragma once

#include "harness/probe/conclusion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::postgres::definer_functions {

/// By what a function gives another tenant's data away.
enum class way {
    /// By what it returns.
    call,
    /// By what it returns to whoever names that tenant, where a gateway lets users call functions.
    named,
    /// The same where the application alone calls them: it may choose well. A note.
    trusted,
    /// By running the caller's code as its owner: a name in it is looked up where the caller put
    /// something of that name.
    shadow,
    /// By an error that says what it was called with, before the policies were asked.
    leak,
    /// By changing it: what the function writes is that tenant's.
    write,
    /// By a figure that is another one for a tenant that is there, or after its writing.
    figure,
};

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
    way how = way::call;
    /// Whom a figure tells of, or whose rows are changed.
    std::optional<tenant_index> tells_of{};
};

/// @param control  the tenant saw its own token in a protected table by the same session.
probe::conclusion judge(std::vector<attempt> const& attempts, bool control);

} // namespace watertight::probes::postgres::definer_functions
