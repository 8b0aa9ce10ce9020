#pragma once

#include "harness/base/text.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace watertight::evidence {

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_upper(char c) noexcept
{
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter(char c) noexcept
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}
constexpr bool is_hex(char c) noexcept
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}
/// What stands between the parts of names: slugs, UUIDs, database names.
constexpr bool is_joint(char c) noexcept
{
    return c == '-' || c == '_';
}
/// What identifiers are made of, by character.
inline constexpr auto word_characters = [] {
    std::array<bool, 256> out{};
    for (unsigned i = 0; i < out.size(); ++i) {
        auto const c = static_cast<char>(i);
        out[i] = is_letter(c) || is_digit(c) || is_joint(c);
    }
    return out;
}();
constexpr bool is_word(char c) noexcept
{
    return word_characters[static_cast<unsigned char>(c)];
}

/// The value of a digit of either base-64 alphabet, or 0xff.
constexpr std::uint8_t base64_value(char c) noexcept
{
    if (is_upper(c)) return static_cast<std::uint8_t>(c - 'A');
    if (is_letter(c)) return static_cast<std::uint8_t>(c - 'a' + 26);
    if (is_digit(c)) return static_cast<std::uint8_t>(c - '0' + 52);
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return 0xff;
}

/// Without case, ASCII only.
constexpr bool same_folded(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/// @pre `c` is a hex digit.
constexpr unsigned hex_value(char c) noexcept
{
    return static_cast<unsigned>(is_digit(c) ? c - '0' : lower(c) - 'a' + 10);
}

} // namespace watertight::evidence
