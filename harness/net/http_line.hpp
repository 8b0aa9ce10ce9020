#pragma once

#include "harness/net/http.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace watertight::net {

/// Why a line is none, for a person ("a header is folded"); null if it is one.
using line_fault = char const*;

constexpr bool is_control(char c) noexcept
{
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

/// Which characters names of headers may hold (RFC 9110, tchar).
inline constexpr auto token_characters = [] {
    std::array<bool, 256> out{};
    for (unsigned c = '0'; c <= '9'; ++c) out[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c) out[c] = out[c - 'a' + 'A'] = true;
    for (unsigned char const c : std::string_view{"!#$%&'*+-.^_`|~"}) out[c] = true;
    return out;
}();

constexpr bool is_token(char c) noexcept
{
    return token_characters[static_cast<unsigned char>(c)];
}

/// The first character that no line holds (any control character but a tab), or `end`. In a well
/// formed line that is the carriage return at its end, so that one search does for both.
inline char const* find_control(char const* at, char const* end) noexcept
{
#if defined(__SSE2__)
    auto const highest = _mm_set1_epi8(0x1f);
    auto const tab = _mm_set1_epi8('\t');
    auto const rubout = _mm_set1_epi8(0x7f);
    for (; end - at >= 16; at += 16) {
        auto const raw = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
        auto const low = _mm_cmpeq_epi8(_mm_min_epu8(raw, highest), raw);
        auto const control = _mm_or_si128(
            _mm_andnot_si128(_mm_cmpeq_epi8(raw, tab), low), _mm_cmpeq_epi8(raw, rubout)
        );
        auto const bits = static_cast<unsigned>(_mm_movemask_epi8(control));
        if (bits != 0) return at + std::countr_zero(bits);
    }
#endif
    while (at != end && !is_control(*at)) ++at;
    return at;
}

/// The end of the token that begins at `at`.
inline char const* find_token_end(char const* at, char const* end) noexcept
{
#if defined(__SSE2__)
    auto const fold = _mm_set1_epi8(0x20);
    auto const before_a = _mm_set1_epi8('a' - 1);
    auto const after_z = _mm_set1_epi8('z' + 1);
    auto const dash = _mm_set1_epi8('-');
    // Nearly all names are of letters and dashes.
    for (; end - at >= 16; at += 16) {
        auto const raw = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
        auto const folded = _mm_or_si128(raw, fold);
        auto const letter =
            _mm_and_si128(_mm_cmpgt_epi8(folded, before_a), _mm_cmpgt_epi8(after_z, folded));
        auto const usual = _mm_or_si128(letter, _mm_cmpeq_epi8(raw, dash));
        auto const bits = static_cast<unsigned>(_mm_movemask_epi8(usual)) ^ 0xffffU;
        if (bits == 0) continue;
        at += std::countr_zero(bits);
        break;
    }
#endif
    while (at != end && is_token(*at)) ++at;
    return at;
}

/// `text` without spaces and tabs around it.
constexpr std::string_view trim_blanks(std::string_view text) noexcept
{
    auto const is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// What the heads of responses say about their bodies and connections.
struct head_fields {
    int status = 0;
    std::optional<std::uint64_t> length;
    content_coding coding = content_coding::identity;
    bool is_http_1_1 = false;
    bool chunked = false;
    bool transfer_coded = false;
    bool says_close = false;
    bool says_keep_alive = false;
    bool sets_cookie = false;

    /// "HTTP/1.1 200 OK", without its end.
    line_fault take_status_line(std::string_view line) noexcept;

    /// "Name: value", without its end and without control characters.
    line_fault take_field(std::string_view line) noexcept;

    /// Whether the two ways of telling a body's length agree; once all fields are taken.
    line_fault check() const noexcept;

private:
    line_fault take_known(std::string_view name, std::string_view value) noexcept;
    line_fault take_length(std::string_view value) noexcept;
    line_fault take_transfer_coding(std::string_view value) noexcept;
    void take_connection(std::string_view value) noexcept;
    void take_content_coding(std::string_view name) noexcept;
};

/// A field of the part behind a chunked body: it must not say how long the body is.
line_fault check_trailer(std::string_view line) noexcept;

/// "1f4;name=value", without its end.
/// @param size  the chunk's; set unless a fault is returned.
line_fault take_chunk_line(std::string_view line, std::uint64_t& size) noexcept;

} // namespace watertight::net
