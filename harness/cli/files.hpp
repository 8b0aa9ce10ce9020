#pragma once

#include <string>
#include <string_view>

namespace watertight::cli {

/// The scenario of a pack ("mis"): below the current folder, beside the build tree, or where an
/// installation keeps it. @throws usage_error naming the places that were searched.
std::string pack_scenario(std::string_view pack);

} // namespace watertight::cli
