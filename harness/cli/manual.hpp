#pragma once

#include <string>

namespace CLI {
class App;
}

// Written from what the command line says of itself, so that they can't disagree with it.
namespace watertight::cli {

/// A page for man(1), section 1.
std::string manual_page(CLI::App const& app);

/// @param shell  "bash", "zsh" or "fish".
std::string completion_script(CLI::App const& app, std::string const& shell);

} // namespace watertight::cli
