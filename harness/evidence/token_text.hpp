#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace watertight::evidence {

/// True for the character that an escape begins with: %2F, =3D, \n.
constexpr bool begins_escape(char c) noexcept
{
    return c == '%' || c == '=' || c == '\\';
}

/// How many characters of an escape (%2F, \u0022, =3D, \n) stand before `at` that look like the
/// beginning of a word or a number: those behind the percent sign, the backslash or the equals
/// sign.
std::size_t escape_before(std::string_view text, std::size_t at) noexcept;

/// Where the word that begins at `begin` goes on behind an escape: bit i stands for its character
/// i.
/// @pre the word has 16 characters.
std::uint64_t escaped_starts(std::string_view text, std::size_t begin) noexcept;

/// What a numeric canary may be, and where it stands.
struct number_token {
    std::uint64_t value = 0;
    std::size_t at = 0;
    std::size_t length = 0;
};

/// The whole number of 16 digits that the run of digits [begin, end) is, or is with the end of an
/// escape before it; not the fraction of another one, nor one with a fraction or an exponent.
std::optional<number_token>
whole_number(std::string_view text, std::size_t begin, std::size_t end) noexcept;

/// The number of 16 digits that is written with an exponent and has the digits [begin, end) as its
/// fraction: 4.503599627370497e15, also with E, +, trailing zeros or without them.
std::optional<number_token>
number_with_exponent(std::string_view text, std::size_t begin, std::size_t end) noexcept;

/// Of either alphabet of base 64.
bool is_base64(char c) noexcept;

/// @param digits  of base 64, in either alphabet, without padding.
/// @param out     room for three bytes of each four digits.
/// @return how many bytes were written.
std::size_t decode_base64(std::string_view digits, char* out) noexcept;

} // namespace watertight::evidence
