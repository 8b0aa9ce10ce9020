#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <stdexcept>
#include <string>
#include <system_error>

namespace watertight::test {

temp_dir::temp_dir(std::string_view purpose)
{
    auto const base = std::filesystem::temp_directory_path();
    auto name = fmt::format("{}/watertight-{}-XXXXXX", base.string(), purpose);
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error{"no temporary folder can be made in " + base.string()};
    }
    path_ = name;
}

temp_dir::~temp_dir()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

} // namespace watertight::test
