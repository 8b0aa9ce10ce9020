#pragma once

#include "harness/cli/init.hpp"

#include <string>

namespace CLI {
class App;
}

namespace watertight::cli {

/// Options of the commands that one starts with: init, schema, completion, man.
struct starting {
    init_options init{};
    /// Of `schema`: "json" or "markdown".
    std::string schema_format = "json";
    std::string shell{};
};

/// Adds these commands. What is given outlives the parsing.
void add_starting(CLI::App& app, starting& o, exit_code& code);

} // namespace watertight::cli
