#include "reports/anchor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports {

// Where a scenario says what the probes of a layer work on.
static std::string_view section_of(std::string_view layer)
{
    static constexpr std::pair<std::string_view, std::string_view> sections[]{
        {"api", "resources"},
        {"cache", "redis"},
        {"identity", "target"},
        {"lifecycle", "tenants"},
        {"quota", "quotas"},
        {"token", "target"},
    };
    for (auto const& [from, to] : sections) {
        if (from == layer) return to;
    }
    return layer;
}

static std::string_view first_word(std::string_view text, char end)
{
    return text.substr(0, text.find(end));
}

// A probe may have sent another method than the scenario: the path still tells the line.
static target::source_place const* same_path(verdict::run_result const& r, std::string_view channel)
{
    auto const space = channel.find(' ');
    if (space == channel.npos || !channel.substr(space + 1).starts_with('/')) return nullptr;
    auto const path = channel.substr(space);
    auto const at = std::ranges::find_if(r.places, [&](auto const& p) {
        return std::string_view{p.first}.ends_with(path) &&
               first_word(p.first, ' ').size() + path.size() == p.first.size();
    });
    return at == r.places.end() ? nullptr : &at->second;
}

static target::source_place with_a_line(verdict::run_result const& r, target::source_place place)
{
    if (place.file.empty()) place.file = r.scenario_file;
    // A format that demands a file gets one even for a result that names none.
    if (place.file.empty()) place.file = "scenario.yaml";
    place.line = std::max(place.line, 1);
    place.column = std::max(place.column, 1);
    return place;
}

target::source_place anchor_of(verdict::run_result const& r, evidence::finding const& f)
{
    auto const known = [&](std::string_view name) -> target::source_place const* {
        auto const at = r.places.find(std::string{name});
        return at == r.places.end() ? nullptr : &at->second;
    };
    if (auto const* const exact = known(f.channel)) return with_a_line(r, *exact);
    if (auto const* const path = same_path(r, f.channel)) return with_a_line(r, *path);
    for (auto const name :
         {first_word(f.channel, ' '),
          section_of(first_word(f.probe, '.')),
          std::string_view{"probes"}})
    {
        if (auto const* const place = known(name)) return with_a_line(r, *place);
    }
    return with_a_line(r, {});
}

target::source_place anchor_of(verdict::run_result const& r, verdict::criterion_outcome const& c)
{
    return with_a_line(r, c.place);
}

std::string uri_of(std::string_view path)
{
    while (path.starts_with("./")) path.remove_prefix(2);
    std::string out = path.starts_with('/') ? "file://" : "";
    for (char const c : path) {
        auto const is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view{"-._~/"}.find(c) != std::string_view::npos;
        if (is_plain)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

} // namespace watertight::reports
