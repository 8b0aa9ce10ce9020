#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"
#include "harness/draft/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::draft {

namespace {

constexpr std::size_t shown_max = 8;

std::string in_words(tenant_channel const& c)
{
    switch (c.kind) {
    case channel_kind::path:
        return fmt::format("{{{}}} in paths", c.name);
    case channel_kind::header:
        return "header " + c.name;
    case channel_kind::query:
        return "query " + c.name;
    case channel_kind::host:
        return "host " + c.name;
    }
    return {};
}

std::string owner_in_words(plan const& p)
{
    if (p.owner.word.empty()) return "nothing in requests names it: it follows from who logs in";
    std::vector<std::string> ways;
    for (auto const& c : p.owner.channels) {
        ways.push_back(fmt::format("{} ({})", in_words(c), plural(c.operations, "operation")));
    }
    return fmt::format("the {}, by {}", p.owner.word, join(ways, ", "));
}

std::string session_in_words(plan const& p)
{
    auto const& s = p.session;
    if (s.login) return "POST " + s.login->path + (s.cookies ? ", which sets a cookie" : "");
    if (s.basic) return "HTTP Basic with each request";
    std::vector<std::string> names;
    for (auto const& [name, unused] : s.attributes) names.push_back(name);
    return "no log-in described; each user brings: " + join(names, ", ");
}

std::string origin_in_words(plan const& p, std::string const& tenants)
{
    switch (p.origin) {
    case origin_kind::file:
        return "exist already; " + tenants + " names them";
    case origin_kind::request:
        return fmt::format("made by {} {}", p.tenant_create->from->method, p.tenant_create->path);
    case origin_kind::sign_up:
        return "whoever signs up by POST " + p.user_create->path;
    }
    return {};
}

std::string shape_in_words(planned_resource const& r)
{
    std::vector<std::string> roles;
    for (auto const& one : r.requests) roles.push_back(one.role);
    for (auto const& one : r.others) roles.push_back(one.role);
    auto const under = r.parent.empty() ? "" : " under " + r.parent;
    return fmt::format("{}{}: {}", r.name, under, join(roles, ", "));
}

// A control character in a document's name must not reach the terminal.
std::string printable(std::string_view text)
{
    return without_controls(text, "?");
}

} // namespace

std::string marked_places(std::string const& file, std::string const& text)
{
    std::string out;
    auto const mark = fmt::format("# {} ", blank_mark());
    int number = 0;
    for (auto const line : split(text, '\n')) {
        ++number;
        auto const at = line.find(mark);
        if (at == line.npos) continue;
        auto const before = trim(line.substr(0, at));
        auto const name = before.substr(0, before.find(':'));
        // The line that says what the mark is.
        if (before.empty() && line.find(": ", at) == line.npos) continue;
        out += printable(fmt::format(
            "  {}:{}: {}{}",
            file,
            number,
            name.empty() ? "" : std::string{name} + ": ",
            line.substr(at + mark.size())
        ));
        out += '\n';
    }
    return out;
}

std::string summary_text(plan const& p, std::string const& file, std::string const& tenants)
{
    auto const& api = *p.api;
    auto const whole = std::ranges::count_if(p.resources, &planned_resource::is_whole);
    std::string out;
    auto const row = [&](std::string_view what, std::string const& text) {
        out += fmt::format("{:<12}{}\n", what, printable(text));
    };
    row("read",
        fmt::format("{}, {}: {}", api.format, api.title, plural(api.calls.size(), "operation")));
    row("tenant", owner_in_words(p));
    row("log-in", session_in_words(p));
    row("tenants", origin_in_words(p, tenants));
    row("resources",
        fmt::format("{}, {} with create, read, list, update and remove", p.resources.size(), whole)
    );
    for (auto const& r : p.resources) row("", shape_in_words(r));
    std::vector<std::string> names;
    for (auto const& one : p.operations) names.push_back(one.role);
    if (!names.empty()) row("operations", join(names, ", "));
    names.clear();
    for (auto const& one : p.streams) names.push_back(one.open.role);
    for (auto const& one : p.webhooks) names.push_back(one.name);
    if (!names.empty()) row("told on", join(names, ", "));
    if (p.postgres) {
        row("postgres",
            p.postgres->tenant_column.empty()
                ? "no column that names a tenant was recognised"
                : fmt::format("{} ({})", p.postgres->tenant_column, p.postgres->how));
    }
    if (!p.left_out.empty()) {
        auto const shown = std::min(p.left_out.size(), shown_max);
        std::vector<std::string> const first{
            p.left_out.begin(), p.left_out.begin() + static_cast<std::ptrdiff_t>(shown)};
        row("left out",
            fmt::format(
                "{}: {}{}",
                plural(p.left_out.size(), "operation"),
                join(first, ", "),
                shown < p.left_out.size() ? ", ..." : ""
            ));
    }
    for (auto const& note : api.notes) row("note", note);
    auto const marked = marked_places(file, scenario_text(p, "", tenants)) +
                        marked_places(tenants, tenants_text(p));
    auto const count = std::ranges::count(marked, '\n');
    out += fmt::format(
        "\nto fill in by hand: {}\n{}", plural(static_cast<std::size_t>(count), "place"), marked
    );
    return out;
}

} // namespace watertight::draft
