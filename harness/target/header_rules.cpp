#include "harness/target/header_rules.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace watertight::target {

bool is_header_name(std::string_view s) noexcept
{
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !s.empty() && std::ranges::all_of(s, [](unsigned char c) {
        return std::isalnum(c) != 0 || others.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

static bool is_control(unsigned char c) noexcept
{
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

#if defined(__SSE2__)

static constexpr std::size_t step = 16;

// 0xff where nothing does harm, but for tabs.
static __m128i sound_bytes(char const* at) noexcept
{
    auto const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
    auto const high = _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x20)), bytes);
    return _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)), high);
}

// Tokens are long and are looked at with every request, hence sixteen bytes at a time; and all of
// them before anything is decided, because what does harm hardly ever stands there.
bool is_header_value(std::string_view s) noexcept
{
    if (s.size() < step) return std::ranges::none_of(s, is_control);
    auto const* const last = s.data() + s.size() - step;
    auto sound = sound_bytes(last);
    for (auto const* at = s.data(); at < last; at += step) {
        sound = _mm_and_si128(sound, sound_bytes(at));
    }
    return _mm_movemask_epi8(sound) == 0xffff || std::ranges::none_of(s, is_control);
}

#else

bool is_header_value(std::string_view s) noexcept
{
    return std::ranges::none_of(s, is_control);
}

#endif

bool sets_header(operation const& op, std::string_view name) noexcept
{
    return std::ranges::any_of(op.headers, [&](auto const& h) { return iequals(h.first, name); });
}

bool usually_has_body(std::string_view method) noexcept
{
    return method == "POST" || method == "PUT" || method == "PATCH";
}

std::string safe_target(std::string_view target)
{
    std::string out;
    for (char const c : target) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f) {
            out += fmt::format("%{:02X}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

} // namespace watertight::target
