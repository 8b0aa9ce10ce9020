#include "harness/stores/postgres_text.hpp"

#include "harness/base/text.hpp"
#include "harness/stores/postgres.hpp"

#include <algorithm>

namespace watertight::stores {

static char meaning_of(char escaped)
{
    switch (escaped) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return escaped;
    }
}

std::string_view copied_row::unescape(std::string_view value)
{
    auto const begin = plain_.size();
    for (std::size_t i = 0; i < value.size(); ++i) {
        auto const is_escape = value[i] == '\\' && i + 1 < value.size();
        plain_ += is_escape ? meaning_of(value[++i]) : value[i];
    }
    return std::string_view{plain_}.substr(begin);
}

std::span<std::optional<std::string_view> const> copied_row::read(std::string_view line)
{
    values_.clear();
    plain_.clear();
    // Never longer than the line, so that what was handed out stays where it is.
    plain_.reserve(line.size());
    auto const has_escapes = line.find('\\') != line.npos;
    for (std::size_t begin = 0; begin <= line.size();) {
        auto const end = std::min(line.find('\t', begin), line.size());
        auto const value = line.substr(begin, end - begin);
        if (value == "\\N")
            values_.emplace_back(std::nullopt);
        else
            values_.emplace_back(has_escapes ? unescape(value) : value);
        begin = end + 1;
    }
    return values_;
}

std::string quote_identifier(std::string_view name)
{
    return "\"" + replace_all(std::string{name}, "\"", "\"\"") + "\"";
}

// With a backslash in it, only the E form means the same whatever standard_conforming_strings is.
std::string quote_literal(std::string_view text)
{
    auto const doubled = replace_all(std::string{text}, "'", "''");
    if (doubled.find('\\') == std::string::npos) return "'" + doubled + "'";
    return " E'" + replace_all(doubled, "\\", "\\\\") + "'";
}

} // namespace watertight::stores
