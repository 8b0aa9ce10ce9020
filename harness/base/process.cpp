#include "harness/base/process.hpp"

#include <filesystem>

namespace watertight {

std::string executable_folder()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

} // namespace watertight
