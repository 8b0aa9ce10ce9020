#pragma once

#include "harness/base/fatal.hpp"

#include <string>
#include <vector>

namespace watertight::cli {

struct init_options {
    /// A file or a URL each; one of the two.
    std::string openapi{};
    std::string har{};
    /// With `har`: the beginning of the URLs that belong to the system under test.
    std::string base{};
    /// Adds the store, with the column that names a tenant if its catalogue tells.
    std::string postgres{};
    /// Where the scenario goes; "-": standard output.
    std::string out = "scenario.yaml";
    bool force = false;
    std::size_t resources_max = 12;
    std::vector<std::string> paths{};
};

/// Drafts a scenario from an API's description or recorded traffic, writes it and, where tenants
/// are not made by requests, a file of tenants beside it; says what is left to fill in.
/// @throws usage_error  the input is none (file:line:column), or a file exists.
/// @throws run_error    a URL or the database can't be reached.
exit_code init(init_options const& o);

/// The blanks that a drafted scenario and its file of tenants still have, with their places, a line
/// each; empty if there are none. @param tenants  may be empty.
std::string places_to_fill(std::string const& scenario, std::string const& tenants);

} // namespace watertight::cli
