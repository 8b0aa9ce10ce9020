#include "harness/base/text.hpp"
#include "harness/scenario/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::scenario {

namespace {

bool is_name(std::string_view text)
{
    auto const is_letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9');
    });
}

/// Inside double quotes, as a shell has it: \" \\ \$ and \n.
std::string unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        ++i;
        if (text[i] == 'n') {
            out += '\n';
        } else {
            if (text[i] != '"' && text[i] != '\\' && text[i] != '$') out += '\\';
            out += text[i];
        }
    }
    return out;
}

/// The place of the quote that ends the text at `text`'s first character.
std::size_t closing_quote(std::string_view text)
{
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text.front() == '"' && text[i] == '\\') {
            ++i;
        } else if (text[i] == text.front()) {
            return i;
        }
    }
    return std::string_view::npos;
}

/// Nothing if a quote is not closed, or something stands behind it.
std::optional<std::string> value_of(std::string_view text)
{
    if (!text.starts_with('"') && !text.starts_with('\'')) {
        // As in a shell, '#' begins a comment only after a blank.
        auto const comment = std::min(text.find(" #"), text.find("\t#"));
        return std::string{trim(text.substr(0, comment))};
    }
    auto const end = closing_quote(text);
    if (end == std::string_view::npos) return std::nullopt;
    auto const behind = trim(text.substr(end + 1));
    if (!behind.empty() && !behind.starts_with('#')) return std::nullopt;
    auto const inside = text.substr(1, end - 1);
    return text.front() == '"' ? unescaped(inside) : std::string{inside};
}

} // namespace

result<std::map<std::string, std::string>> read_env_file(std::string const& path)
{
    auto const content = read_file(path);
    if (!content) return content.error();
    std::map<std::string, std::string> out;
    int number = 0;
    for (auto line : split(*content, '\n')) {
        ++number;
        line = trim(line);
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with("export ")) line = trim(line.substr(7));
        auto const equals = line.find('=');
        auto const name = trim(line.substr(0, equals));
        auto const value = equals == std::string_view::npos
                               ? std::nullopt
                               : value_of(trim(line.substr(equals + 1)));
        if (!is_name(name) || !value) {
            // The line may hold a secret, so it is not shown.
            return failure{
                errc::malformed,
                fmt::format("{}:{}:1: this line is not of the form NAME=value", path, number),
                {}};
        }
        out[std::string{name}] = *value;
    }
    return out;
}

} // namespace watertight::scenario
