#pragma once

#include "harness/base/text.hpp"
#include "harness/verdict/result.hpp"

#include <filesystem>
#include <stdexcept>

namespace watertight::test {

/// The result that a run left in its folder. @throws std::exception if it left none.
inline verdict::run_result result_in(std::filesystem::path const& folder)
{
    auto const text = read_file((folder / "result.json").string());
    if (text.has_error()) throw std::runtime_error{text.error().message};
    return verdict::from_json(*text).value();
}

} // namespace watertight::test
