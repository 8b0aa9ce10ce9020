#include "harness/base/units.hpp"
#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace watertight::scenario {

target::template_text
compiler::text(node const& from, target::escape how, slot_scope where, std::string const& resource)
{
    auto compiled = target::template_text::compile(from.template_source, how);
    uses.push_back({compiled, &from, where, resource});
    return compiled;
}

void name_register::enter(node const& at, std::string const& name)
{
    auto const [first, is_new] = lines_.emplace(name, at.line);
    if (is_new) return;
    static constexpr auto twice = "the {} {} is there twice; first in line {}";
    compiler_.fault(at, fmt::format(twice, kind_, name, first->second));
}

std::string compiler::resolve(std::string const& path) const
{
    std::filesystem::path const given{path};
    if (given.is_absolute()) return path;
    return (std::filesystem::path{file}.parent_path() / given).lexically_normal().string();
}

std::string text_of(node const& from, std::string_view key, std::string_view fallback)
{
    auto const* const value = from.find(key);
    return value == nullptr ? std::string{fallback} : value->text;
}

bool flag_of(node const& from, std::string_view key, bool fallback)
{
    auto const* const value = from.find(key);
    return value == nullptr ? fallback : value->text == "true";
}

double number_of(node const& from, std::string_view key, double fallback)
{
    auto const* const value = from.find(key);
    if (value == nullptr) return fallback;
    double out{};
    auto const [end, error] =
        std::from_chars(value->text.data(), value->text.data() + value->text.size(), out);
    return error == std::errc{} ? out : fallback;
}

std::size_t count_of(node const& from, std::string_view key, std::size_t fallback)
{
    // The schema bounds every count far below what a double holds exactly.
    return static_cast<std::size_t>(number_of(from, key, static_cast<double>(fallback)));
}

std::vector<std::string> texts_of(node const& from, std::string_view key)
{
    std::vector<std::string> out;
    auto const* const value = from.find(key);
    if (value == nullptr) return out;
    if (value->is_scalar()) return {value->text};
    for (auto const& item : value->items) {
        if (!item.is_bad) out.push_back(item.text);
    }
    return out;
}

std::optional<std::chrono::nanoseconds> duration_of(node const& from, std::string_view key)
{
    auto const* const value = from.find(key);
    auto const parsed = parse_duration(value == nullptr ? "" : value->text);
    return parsed ? std::optional{*parsed} : std::nullopt;
}

std::optional<double> rate_of(node const& from, std::string_view key)
{
    auto const* const value = from.find(key);
    auto const parsed = parse_rate_per_s(value == nullptr ? "" : value->text);
    return parsed ? std::optional{*parsed} : std::nullopt;
}

std::optional<double> share_of(compiler& c, node const& value)
{
    if (value.is_bad || value.is_unset) return std::nullopt;
    auto const parsed = parse_share(value.text);
    if (parsed) return *parsed;
    c.fault(value, dotted(value.pointer) + ": " + parsed.error().message);
    return std::nullopt;
}

} // namespace watertight::scenario
