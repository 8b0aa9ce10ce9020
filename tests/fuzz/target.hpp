#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// One input, whatever it is. Aborts if something that must hold does not; otherwise returns 0.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace watertight::fuzz {

/// Inputs of a target that lead far into it; others are made of them.
std::vector<std::string> seeds();

inline std::string_view text_of(std::uint8_t const* data, std::size_t size)
{
    return {reinterpret_cast<char const*>(data), size};
}

} // namespace watertight::fuzz
