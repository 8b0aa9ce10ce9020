#include "harness/draft/yaml_text.hpp"

#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::draft {

static constexpr std::size_t yaml_width = 96;

std::string_view blank_mark()
{
    // In two parts, so that no rule on notes to oneself takes it for one.
    return "TO"
           "DO";
}

static bool is_plain(std::string_view text)
{
    static constexpr std::string_view words[] = {
        "true", "false", "null", "yes", "no", "on", "off", "y", "n"};
    auto const is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
    };
    auto const is_inner = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_inner) &&
           std::ranges::count(words, to_lower(text)) == 0;
}

// Length in bytes of what a terminal or a reader of YAML takes for a command or a line's end: C0,
// DEL, C1 (U+0080 to U+009F), U+2028 and U+2029 in UTF-8. 0: it is none.
static std::size_t control_length(std::string_view text)
{
    auto const at = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    if (at(0) < 0x20 || at(0) == 0x7f) return 1;
    if (at(0) == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0) return 2;
    auto const is_separator = at(0) == 0xe2 && at(1) == 0x80 && (at(2) == 0xa8 || at(2) == 0xa9);
    return is_separator ? 3 : 0;
}

std::string without_controls(std::string_view text, std::string_view instead)
{
    std::string out;
    while (!text.empty()) {
        auto const length = control_length(text);
        length == 0 ? out += text.front() : out += instead;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

// JSON's escapes are YAML's. What JSON leaves as it is, is escaped as YAML does.
static std::string in_quotes(std::string_view text)
{
    auto const json = json_value(text).dump(-1, ' ', false, json_value::error_handler_t::replace);
    std::string out;
    for (std::string_view rest = json; !rest.empty();) {
        auto const length = control_length(rest);
        auto const at = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
        if (length == 0) out += rest.front();
        if (length == 1) out += fmt::format("\\x{:02x}", at(0));
        if (length == 2) out += fmt::format("\\x{:02x}", at(1));
        if (length == 3) out += fmt::format("\\u20{:02x}", at(2) - 0x80);
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string yaml_text(std::string_view text)
{
    if (is_plain(text)) return std::string{text};
    return in_quotes(replace_all(std::string{text}, "${", "$${"));
}

std::string yaml_flow(json_value const& value)
{
    std::string out;
    if (value.is_object()) {
        for (auto const& [key, member] : value.items()) {
            if (!out.empty()) out += ", ";
            out += (is_plain(key) ? key : in_quotes(key)) + ": " + yaml_flow(member);
        }
        return "{" + out + "}";
    }
    if (value.is_array()) {
        for (auto const& item : value) out += (out.empty() ? "" : ", ") + yaml_flow(item);
        return "[" + out + "]";
    }
    return value.is_string() ? yaml_text(value.get<std::string>()) : value.dump();
}

void yaml_lines::line(
    int indent, std::string_view key, std::string_view value, std::string_view what
)
{
    out_ += fmt::format("{:{}}{}:", "", indent, key);
    if (!value.empty()) out_ += fmt::format(" {}", value);
    if (!what.empty()) {
        // A comment ends with its line.
        out_ += fmt::format("  # {} {}", blank_mark(), without_controls(what, " "));
    }
    out_ += '\n';
}

void yaml_lines::blank(int indent, std::string_view what)
{
    comment(indent, fmt::format("{} {}", blank_mark(), what));
}

void yaml_lines::comment(int indent, std::string_view text)
{
    out_ += fmt::format("{:{}}# {}\n", "", indent, without_controls(text, " "));
}

void yaml_lines::value(int indent, std::string_view key, json_value const& v)
{
    auto const flow = yaml_flow(v);
    auto const fits = static_cast<std::size_t>(indent) + key.size() + 2 + flow.size() <= yaml_width;
    if (fits || v.is_primitive() || v.empty()) return line(indent, key, flow);
    line(indent, key, "");
    block(indent + 2, v);
}

void yaml_lines::block(int indent, json_value const& v)
{
    if (v.is_object()) {
        for (auto const& [key, member] : v.items()) {
            value(indent, is_plain(key) ? key : in_quotes(key), member);
        }
        return;
    }
    for (auto const& item : v) out_ += fmt::format("{:{}}- {}\n", "", indent, yaml_flow(item));
}

} // namespace watertight::draft
