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
    /// What each argument is in the end: a domain's base type, "enum 'first'" of enumerated values.
    std::vector<std::string> types{};
    /// Arguments that may be left out.
    std::size_t optional = 0;
    bool is_definer = false;
    bool is_leakproof = false;
    /// Declared so that it may write.
    bool is_volatile = false;
    std::string body{};
    /// The members that the body takes out of an argument of JSON.
    std::vector<std::string> members() const;

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
/// in each place that takes it, alone, in an array, or in each member of a JSON object. Empty where
/// it takes more than is tried.
std::vector<passing> passings(function const& f, std::vector<std::string> const& ids);
/// The id as an argument of this type.
std::string with_id(std::string_view type, std::string_view id);
/// "schema.name(values)".
std::string call_of(function const& f, passing const& p);

} // namespace watertight::probes::postgres::definer_functions
