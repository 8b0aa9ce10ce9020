#include "tests/unit/house/blank.hpp"

#include <algorithm>
#include <cctype>

namespace watertight::house {

// Finds where the literal or comment that begins at `at` ends.
static std::size_t end_of_quoted(std::string_view s, std::size_t at)
{
    auto const quote = s[at];
    for (++at; at < s.size() && s[at] != quote && s[at] != '\n'; ++at) {
        if (s[at] == '\\') ++at;
    }
    return std::min(at + 1, s.size());
}

static std::size_t end_of_raw(std::string_view s, std::size_t quote)
{
    auto const open = s.find('(', quote);
    if (open == std::string_view::npos) return s.size();
    auto const close = ")" + std::string{s.substr(quote + 1, open - quote - 1)} + "\"";
    auto const at = s.find(close, open);
    return at == std::string_view::npos ? s.size() : at + close.size();
}

static std::size_t end_of_comment(std::string_view s, std::size_t at)
{
    auto const is_line = s[at + 1] == '/';
    auto const end = s.find(is_line ? "\n" : "*/", at + 2);
    if (end == std::string_view::npos) return s.size();
    return is_line ? end : end + 2;
}

// 1'000'000 and 'x' begin alike.
static bool is_digit_separator(std::string_view s, std::size_t at)
{
    return at > 0 && std::isalnum(static_cast<unsigned char>(s[at - 1])) != 0 &&
           at + 1 < s.size() && std::isalnum(static_cast<unsigned char>(s[at + 1])) != 0;
}

static std::size_t end_of_text(std::string_view s, std::size_t at)
{
    if (s[at] == '/' && at + 1 < s.size() && (s[at + 1] == '/' || s[at + 1] == '*')) {
        return end_of_comment(s, at);
    }
    if (s[at] == '"' && at > 0 && s[at - 1] == 'R') return end_of_raw(s, at);
    if (s[at] == '"') return end_of_quoted(s, at);
    if (s[at] == '\'' && !is_digit_separator(s, at)) return end_of_quoted(s, at);
    return at;
}

std::string blank(std::string_view source)
{
    std::string out{source};
    for (std::size_t at = 0; at < out.size();) {
        auto const end = end_of_text(source, at);
        if (end == at) {
            ++at;
            continue;
        }
        for (; at < end; ++at) {
            auto const keeps = out[at] == '\n' || out[at] == '"';
            if (!keeps) out[at] = ' ';
        }
    }
    return out;
}

std::vector<std::string_view> lines_of(std::string_view text)
{
    std::vector<std::string_view> out;
    while (!text.empty()) {
        auto const end = text.find('\n');
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return out;
}

} // namespace watertight::house
