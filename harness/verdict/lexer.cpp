#include "harness/verdict/lexer.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace watertight::verdict {

struct unit_word {
    std::string_view text;
    dimension in;
    /// Canonical value = number * times / per. Both are whole, so that 500ms and 0.5s are equal.
    double times;
    double per;
};

static constexpr std::array unit_words{
    unit_word{"ns", dimension::time, 1, 1e9},
    unit_word{"us", dimension::time, 1, 1e6},
    unit_word{"\u00b5s", dimension::time, 1, 1e6},
    unit_word{"ms", dimension::time, 1, 1e3},
    unit_word{"s", dimension::time, 1, 1},
    unit_word{"m", dimension::time, 60, 1},
    unit_word{"min", dimension::time, 60, 1},
    unit_word{"h", dimension::time, 3600, 1},
    unit_word{"d", dimension::time, 86400, 1},
    unit_word{"%", dimension::share, 1, 100},
    unit_word{"/s", dimension::rate, 1, 1},
    unit_word{"/m", dimension::rate, 1, 60},
    unit_word{"/h", dimension::rate, 1, 3600},
    unit_word{"B", dimension::bytes, 1, 1},
    unit_word{"KB", dimension::bytes, 1e3, 1},
    unit_word{"MB", dimension::bytes, 1e6, 1},
    unit_word{"GB", dimension::bytes, 1e9, 1},
    unit_word{"KiB", dimension::bytes, 1024, 1},
    unit_word{"MiB", dimension::bytes, 1048576, 1},
    unit_word{"GiB", dimension::bytes, 1073741824, 1},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_character(char c)
{
    return is_letter(c) || is_digit(c) || c == '.';
}

failure at_column(std::size_t offset, std::string message)
{
    auto const column = std::to_string(offset + 1);
    return {errc::malformed, "column " + column + ": " + std::move(message), column};
}

// The unit that follows a number: letters, '%', or '/' and one letter that ends there. "10/s" is a
// rate, "10 / s" and "10/spare" are divisions.
static std::string_view unit_after(std::string_view rest)
{
    if (rest.empty()) return {};
    if (rest[0] == '%') return rest.substr(0, 1);
    if (rest[0] == '/') {
        bool const is_rate = rest.size() > 1 &&
                             std::string_view{"smh"}.find(rest[1]) != rest.npos &&
                             (rest.size() == 2 || !is_name_character(rest[2]));
        return is_rate ? rest.substr(0, 2) : std::string_view{};
    }
    auto const ends = std::ranges::find_if(rest, [](char c) {
        return !is_letter(c) && static_cast<unsigned char>(c) < 0x80;
    });
    return rest.substr(0, static_cast<std::size_t>(ends - rest.begin()));
}

static result<token> read_number(std::string_view text, std::size_t begin)
{
    token t{.what = token::kind::number, .begin = begin, .end = begin, .text = {}, .value = 0};
    auto const* const from = text.data() + begin;
    auto const [stop, error] =
        std::from_chars(from, text.data() + text.size(), t.value, std::chars_format::fixed);
    if (error != std::errc{}) return at_column(begin, "a number that cannot be read");
    t.end = begin + static_cast<std::size_t>(stop - from);

    auto const unit = unit_after(text.substr(t.end));
    if (!unit.empty()) {
        auto const* const known = std::ranges::find(unit_words, unit, &unit_word::text);
        if (known == unit_words.end()) {
            return at_column(
                t.end,
                fmt::format(
                    "'{}' is no unit; known are us, ms, s, m, h, d, %, /s, /m, /h, KB, MB, KiB, "
                    "MiB",
                    unit
                )
            );
        }
        t.value = t.value * known->times / known->per;
        t.in = known->in;
        t.end += unit.size();
    }
    t.text = text.substr(begin, t.end - begin);
    return t;
}

// A hyphen belongs to a name when it stands between name characters: "latency.list-users.p95".
static token read_name(std::string_view text, std::size_t begin)
{
    auto end = begin;
    while (end < text.size()) {
        bool const hyphen = text[end] == '-' && end + 1 < text.size() && is_letter(text[end + 1]);
        if (!is_name_character(text[end]) && !hyphen) break;
        ++end;
    }
    auto const word = text.substr(begin, end - begin);
    bool const joins = word == "and" || word == "or";
    return {
        .what = joins ? token::kind::word : token::kind::name,
        .begin = begin,
        .end = end,
        .text = std::string{word}};
}

static result<token> read_symbol(std::string_view text, std::size_t begin)
{
    static constexpr std::array<std::string_view, 12> symbols{
        "==", "!=", "<=", ">=", "<", ">", "(", ")", "+", "-", "*", "/"};
    auto const rest = text.substr(begin);
    for (auto const s : symbols) {
        if (rest.starts_with(s)) {
            return token{
                .what = token::kind::symbol,
                .begin = begin,
                .end = begin + s.size(),
                .text = std::string{s}};
        }
    }
    if (rest.starts_with("&&")) return at_column(begin, "expected 'and', found '&&'");
    if (rest.starts_with("||")) return at_column(begin, "expected 'or', found '||'");
    if (rest[0] == '=') return at_column(begin, "expected '==', found '='");
    if (rest[0] == '!') return at_column(begin, "expected '!=', found '!'");
    bool const printable = rest[0] > ' ' && rest[0] < 0x7f;
    auto const shown = printable
                           ? fmt::format("'{}'", rest[0])
                           : fmt::format("byte 0x{:02x}", static_cast<unsigned char>(rest[0]));
    return at_column(begin, shown + " means nothing here");
}

result<std::vector<token>> tokenise(std::string_view text)
{
    std::vector<token> tokens;
    std::size_t at = 0;
    while (true) {
        at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
        if (at == text.size()) break;
        if (is_letter(text[at])) {
            tokens.push_back(read_name(text, at));
        } else {
            auto t = is_digit(text[at]) ? read_number(text, at) : read_symbol(text, at);
            if (!t) return t.error();
            tokens.push_back(std::move(*t));
        }
        at = tokens.back().end;
    }
    tokens.push_back({.what = token::kind::end, .begin = at, .end = at, .text = {}});
    return tokens;
}

} // namespace watertight::verdict
