#pragma once

#include "harness/base/error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight {

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}
/// Nothing but digits, and one at least.
constexpr bool is_number(std::string_view s) noexcept
{
    return !s.empty() && s.find_first_not_of("0123456789") == s.npos;
}

std::string to_lower(std::string_view s);
std::string_view trim(std::string_view s);
std::vector<std::string_view> split(std::string_view s, char separator);
std::string join(std::span<std::string const> parts, std::string_view separator);
bool iequals(std::string_view a, std::string_view b);
std::string replace_all(std::string s, std::string_view from, std::string_view to);

/// Percent-encodes all but the unreserved characters of RFC 3986 (A-Z a-z 0-9 - . _ ~).
std::string url_encode(std::string_view s);
void append_url_encoded(std::string& out, std::string_view s);
/// Appends `s` as the inside of a JSON string (no quotes added).
void append_json_escaped(std::string& out, std::string_view s);
/// A word that a POSIX shell reads as exactly `s`.
std::string shell_quote(std::string_view s);

std::string hex(std::span<unsigned char const> bytes);
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);
/// Accepts both alphabets, padded or not. Nothing if another character stands in it.
std::optional<std::string> base64_decode(std::string_view text);

/// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// The candidate nearest to `name` by edit distance, if near enough to be a slip of the pen.
std::optional<std::string> nearest(std::string_view name, std::span<std::string const> candidates);

/// The whole file. The failure names the path and why.
result<std::string> read_file(std::string const& path);
/// Written to a temporary name, then renamed, so that a crash leaves the old file or the new one.
result<void> write_file(std::string const& path, std::string_view content);

/// "2 tenants", "1 tenant".
std::string plural(std::uint64_t n, std::string_view noun);

} // namespace watertight
