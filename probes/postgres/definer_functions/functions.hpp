#pragma once

#include "harness/probe/postgres_scene.hpp"

#include <string>
#include <vector>

namespace watertight::probes::postgres::definer_functions {

/// A function that the application's role may call, as the catalogue has it.
struct function {
    /// Quoted.
    std::string name{};
    std::string display{};
    std::vector<std::string> types{};
    /// Arguments that may be left out.
    std::size_t optional = 0;
    bool is_definer = false;
    bool is_leakproof = false;
    std::string body{};

    bool mentions(std::string_view relation) const;
    /// It asks the planner, or how a query went.
    bool explains() const;
};

/// Arguments as SQL, and what they are for people.
struct passing {
    std::string what{};
    std::vector<std::string> values{};
    /// One of the ids is among them.
    bool is_id = false;
};

/// Those outside of the system's schemas and of extensions; run as the application's role.
extern char const* const functions_sql;
std::vector<function> functions_of(stores::postgres_rows const& rows);

/// No arguments where it can do without, values that match as much as possible, and each of `ids`
/// in each place that takes it. Empty where it takes more than is tried.
std::vector<passing> passings(function const& f, std::vector<std::string> const& ids);
/// "schema.name(values)".
std::string call_of(function const& f, passing const& p);

} // namespace watertight::probes::postgres::definer_functions
