#include "harness/cli/files.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/process.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace watertight::cli {

std::string pack_scenario(std::string_view pack)
{
    namespace fs = std::filesystem;
    auto const here = executable_folder();
    auto const tail = fmt::format("scenarios/{}/scenario.yaml", pack);
    for (auto const& root : {std::string{"."}, here + "/../../..", here + "/../share/watertight"}) {
        auto const path = fs::path{root} / tail;
        if (fs::exists(path)) return path.lexically_normal().string();
    }
    throw usage_error{fmt::format(
        "there is no pack \"{}\": {} is neither here nor beside the program", pack, tail
    )};
}

} // namespace watertight::cli
