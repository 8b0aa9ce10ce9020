#pragma once

#include "harness/drill/plan.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

/// Hosts that a command names where one can see it: in URLs and connection strings (also inside a
/// longer argument, as of `sh -c`), in options and variables for hosts of well-known clients
/// (`psql -h`, `PGHOST=`), and as the first argument of `ssh` and its kin. What a script of its own
/// reaches, or a client's configuration names, nobody can see from here.
std::set<std::string> hosts_in_command(std::vector<std::string> const& arguments);

/// Hosts that a variable leads to which commands are given: a URL, or the host that a well-known
/// client takes from a variable of this name (PGHOST, REDIS_HOST). Empty: none.
std::set<std::string> hosts_in_variable(std::string_view name, std::string_view value);

/// All that the plan's commands name, with the variables that they are given.
std::set<std::string>
hosts_of_commands(plan const& p, std::map<std::string, std::string> const& environment);

} // namespace watertight::drill
