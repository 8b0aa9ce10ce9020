#pragma once

#include "tests/unit/house/fault.hpp"

#include <string_view>

namespace watertight::house {

inline constexpr std::size_t columns_max = 100;
inline constexpr std::size_t file_lines_max = 400;
inline constexpr std::size_t test_lines_max = 600;
inline constexpr std::size_t function_lines_max = 70;

/// Every text file: no tab, no blank at a line's end, no note to oneself, a newline at the end.
faults check_text(std::string_view path, std::string_view text);

/// C++, CMake and shell: no line longer than `columns_max`.
faults check_columns(std::string_view path, std::string_view text);

/// C++: calls that have a better replacement here, and const on the wrong side.
faults check_words(std::string_view path, std::string_view text);

/// C++: the length of the file and of each function in it.
faults check_lengths(std::string_view path, std::string_view text);

/// Headers: the include guard.
faults check_guard(std::string_view path, std::string_view text);

} // namespace watertight::house
