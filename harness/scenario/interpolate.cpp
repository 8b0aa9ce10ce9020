#include "harness/scenario/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace watertight::scenario {

std::optional<std::string> variables::find(std::string const& name) const
{
    if (auto const found = given.find(name); found != given.end()) return found->second;
    // Read once at the start, before any thread exists.
    if (auto const* const value = std::getenv(name.c_str())) return value;
    return std::nullopt;
}

void variables::note(std::string const& name, std::string const& value)
{
    auto entry = std::pair{name, value};
    if (std::ranges::find(used, entry) == used.end()) used.push_back(std::move(entry));
}

namespace {

bool is_word(char c) noexcept
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// `{name}` becomes `{{name}}`, which a template shows as `{name}`.
std::string without_slots(std::string_view value)
{
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        auto const close = value[i] == '{' ? value.find('}', i) : std::string_view::npos;
        auto const inside =
            close == std::string_view::npos ? "" : value.substr(i + 1, close - i - 1);
        auto const could_be_slot = !inside.empty() && std::ranges::all_of(inside, [](char c) {
            return is_word(c) || c == '-' || c == '.' || c == ':';
        });
        if (!could_be_slot) {
            out += value[i];
            continue;
        }
        out += fmt::format("{{{{{}}}}}", inside);
        i = close;
    }
    return out;
}

/// What stands between "${" and the brace that closes it.
struct variable_reference {
    std::string_view name;
    std::optional<std::string_view> fallback;
    /// With both braces and the dollar sign; 0 if it isn't well formed.
    std::size_t length = 0;
};

variable_reference reference_at(std::string_view text)
{
    // Slots may stand in a default: "${PREFIX:-tenant:{tenant.id}}".
    std::size_t depth = 0;
    std::size_t end = 1;
    for (; end < text.size(); ++end) {
        if (text[end] == '{') ++depth;
        if (text[end] == '}' && --depth == 0) break;
    }
    if (end == text.size()) return {};
    auto const inside = text.substr(2, end - 2);
    auto const colon = inside.find(":-");
    variable_reference out{inside.substr(0, colon), std::nullopt, end + 1};
    if (colon != std::string_view::npos) out.fallback = inside.substr(colon + 2);
    auto const is_name = !out.name.empty() && std::ranges::all_of(out.name, is_word) &&
                         !(out.name.front() >= '0' && out.name.front() <= '9');
    return is_name ? out : variable_reference{};
}

void replace(interpolated& out, variable_reference const& r, std::size_t offset, variables& v)
{
    std::string const name{r.name};
    auto const value = v.find(name);
    out.has_variables = true;
    // As in a shell, `:-` stands in for an empty value too.
    if (r.fallback && (!value || value->empty())) {
        out.text += *r.fallback;
        out.template_source += *r.fallback;
        return;
    }
    if (!value) {
        out.is_unset = true;
        if (v.tolerate_unset) return;
        out.faults.emplace_back(
            offset,
            fmt::format(
                "${{{0}}} is not set; set {0} in the environment or in an --env-file, or write "
                "${{{0}:-default}}",
                name
            )
        );
        return;
    }
    v.note(name, *value);
    out.text += *value;
    out.template_source += without_slots(*value);
}

} // namespace

interpolated interpolate(std::string_view raw, variables& v)
{
    interpolated out;
    auto const literal = [&out](std::string_view text) {
        out.text += text;
        out.template_source += text;
    };
    for (std::size_t at = 0; at < raw.size();) {
        auto const rest = raw.substr(at);
        if (rest.starts_with("$${")) {
            literal("${");
            at += 3;
        } else if (rest.starts_with("${")) {
            auto const r = reference_at(rest);
            if (r.length == 0) {
                out.faults.emplace_back(
                    at,
                    "\"${\" begins a variable, ${NAME} or ${NAME:-default}; for the text itself "
                    "write $${"
                );
                return out;
            }
            replace(out, r, at, v);
            at += r.length;
        } else {
            literal(rest.substr(0, 1));
            ++at;
        }
    }
    return out;
}

} // namespace watertight::scenario
