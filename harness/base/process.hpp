#pragma once

#include <string>

namespace watertight {

/// The folder of the running executable, to find its siblings.
std::string executable_folder();

} // namespace watertight
