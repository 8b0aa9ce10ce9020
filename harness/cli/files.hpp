#pragma once

#include "harness/scenario/scenario.hpp"

#include <map>
#include <string>
#include <string_view>

namespace watertight::cli {

/// The scenario of a pack ("mis"): below the current folder, beside the build tree, or where an
/// installation keeps it. @throws usage_error naming the places that were searched.
std::string pack_scenario(std::string_view pack);

/// These become this process's own variables, so that every command that it starts has them.
void give_to_commands(std::map<std::string, std::string> const& variables);

/// What reading a scenario needs from the command line: the variables of an env file (none if the
/// path is empty), which are given to commands, too, and the ids of this program's probes. @throws
/// usage_error.
scenario::load_options loading_from(std::string const& env_file);

} // namespace watertight::cli
