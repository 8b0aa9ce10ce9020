#include "harness/evidence/token_text.hpp"

#include "harness/evidence/character.hpp"

#include <algorithm>
#include <array>

namespace watertight::evidence {

static constexpr std::size_t number_digits = 16;
// Of an escape: \u0022.
static constexpr std::size_t escape_digits_max = 4;

std::size_t escape_before(std::string_view text, std::size_t at) noexcept
{
    auto const hex_digits = [&](std::size_t count) {
        return std::ranges::all_of(text.substr(at - count, count), is_hex);
    };
    if (at >= 3 && (text[at - 3] == '%' || text[at - 3] == '=') && hex_digits(2)) return 2;
    if (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && hex_digits(4)) return 5;
    if (at >= 2 && text[at - 2] == '\\' && is_letter(text[at - 1])) return 1;
    return 0;
}

std::uint64_t escaped_starts(std::string_view text, std::size_t begin) noexcept
{
    if (begin == 0 || !begins_escape(text[begin - 1])) return 0;
    std::uint64_t out = 0;
    for (std::size_t const size : {1U, 2U, 5U}) {
        if (escape_before(text, begin + size) == size) out |= std::uint64_t{1} << size;
    }
    return out;
}

static std::uint64_t number_in(std::string_view digits) noexcept
{
    std::uint64_t out = 0;
    for (char const c : digits) out = out * 10 + static_cast<std::uint64_t>(c - '0');
    return out;
}

// Not the fraction of a float, nor a float that is not whole, nor one with an exponent.
static bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) noexcept
{
    if (begin >= 2 && text[begin - 1] == '.' && is_digit(text[begin - 2])) return false;
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
        ++end;
        while (end < text.size() && text[end] == '0') ++end;
        if (end < text.size() && is_digit(text[end])) return false;
    }
    if (end + 1 >= text.size() || lower(text[end]) != 'e') return true;
    auto const sign = text[end + 1] == '+' || text[end + 1] == '-' ? 1U : 0U;
    return end + 1 + sign >= text.size() || !is_digit(text[end + 1 + sign]);
}

std::optional<number_token>
whole_number(std::string_view text, std::size_t begin, std::size_t end) noexcept
{
    auto const length = end - begin;
    if (length < number_digits || length > number_digits + escape_digits_max) return std::nullopt;
    auto const at = end - number_digits;
    if (at != begin && escape_before(text, at) < at - begin) return std::nullopt;
    if (!stands_alone(text, at, end)) return std::nullopt;
    return number_token{number_in(text.substr(at, number_digits)), at, number_digits};
}

std::optional<number_token>
number_with_exponent(std::string_view text, std::size_t begin, std::size_t end) noexcept
{
    if (begin < 2 || text[begin - 1] != '.' || !is_digit(text[begin - 2])) return std::nullopt;
    auto const first = begin - 2;
    if (first > 0 && (is_digit(text[first - 1]) || text[first - 1] == '.')) return std::nullopt;
    auto at = end;
    if (at == text.size() || lower(text[at]) != 'e') return std::nullopt;
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    if (text.substr(at, 2) != "15") return std::nullopt;
    at += 2;
    if (at < text.size() && is_digit(text[at])) return std::nullopt;
    auto const fraction = text.substr(begin, end - begin);
    auto const kept = std::min(fraction.size(), number_digits - 1);
    if (fraction.substr(kept).find_first_not_of('0') != fraction.npos) return std::nullopt;
    auto value = number_in(text.substr(first, 1));
    for (std::size_t i = 0; i < number_digits - 1; ++i) {
        value = value * 10 + static_cast<std::uint64_t>(i < kept ? fraction[i] - '0' : 0);
    }
    return number_token{value, first, at - first};
}

static constexpr std::array<std::uint8_t, 256> make_base64_values() noexcept
{
    std::array<std::uint8_t, 256> out{};
    for (unsigned c = 0; c < out.size(); ++c) out[c] = base64_value(static_cast<char>(c));
    return out;
}

static constexpr auto base64_values = make_base64_values();

static std::uint8_t base64_at(std::string_view text, std::size_t at) noexcept
{
    return base64_values[static_cast<unsigned char>(text[at])];
}

bool is_base64(char c) noexcept
{
    return base64_values[static_cast<unsigned char>(c)] != 0xff;
}

std::size_t decode_base64(std::string_view digits, char* out) noexcept
{
    auto* const begin = out;
    std::size_t at = 0;
    for (; at + 4 <= digits.size(); at += 4) {
        auto const bits = std::uint32_t{base64_at(digits, at)} << 18 |
                          std::uint32_t{base64_at(digits, at + 1)} << 12 |
                          std::uint32_t{base64_at(digits, at + 2)} << 6 |
                          std::uint32_t{base64_at(digits, at + 3)};
        *out++ = static_cast<char>(bits >> 16);
        *out++ = static_cast<char>(bits >> 8);
        *out++ = static_cast<char>(bits);
    }
    std::uint32_t bits = 0;
    for (std::size_t i = 0; at + i < digits.size(); ++i) {
        bits = bits << 6 | base64_at(digits, at + i);
        if (i != 0) *out++ = static_cast<char>(bits >> (6 - 2 * i));
    }
    return static_cast<std::size_t>(out - begin);
}

} // namespace watertight::evidence
