#include "harness/base/text.hpp"

#include "harness/lint/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::lint {

bool report::is_undecided() const
{
    return std::ranges::any_of(outcomes, [](auto const& o) { return !o.undecided.empty(); });
}

evidence::severity level_of(spec const& what, suspicion const& s) noexcept
{
    return s.level.value_or(what.level);
}

std::optional<evidence::severity> report::worst() const
{
    std::optional<evidence::severity> out;
    for (auto const& o : outcomes) {
        for (auto const& s : o.found) {
            auto const level = level_of(o.what, s);
            if (!out || level > *out) out = level;
        }
    }
    return out;
}

namespace {

struct line {
    spec const* what;
    suspicion const* found;
};

} // namespace

// The severest first; lints of one level stay in the catalogue's order.
static std::vector<line> sorted(report const& r)
{
    std::vector<line> out;
    for (auto const& o : r.outcomes) {
        for (auto const& s : o.found) out.push_back({&o.what, &s});
    }
    std::ranges::stable_sort(out, std::greater{}, [](line const& l) {
        return level_of(*l.what, *l.found);
    });
    return out;
}

static std::string upper(std::string_view text)
{
    std::string out;
    for (char const c : text) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

static std::string examined_text(report const& r)
{
    std::vector<std::string> parts;
    for (auto const& [kind, n] : r.examined) parts.push_back(plural(n, kind));
    return fmt::format(
        "{} by {} in {:.2f} s",
        parts.empty() ? "Nothing there" : "Examined: " + join(parts, ", "),
        plural(r.outcomes.size(), "lint"),
        r.seconds
    );
}

static std::string not_examined_text(report const& r, bool all)
{
    static constexpr std::size_t shown_max = 12;
    std::map<std::string, std::vector<std::string>> by_reason;
    for (auto const& l : r.not_examined) by_reason[l.reason].push_back(l.kind + " " + l.name);
    std::string out;
    for (auto& [reason, names] : by_reason) {
        auto const n = names.size();
        if (!all && n > shown_max) {
            names.resize(shown_max);
            names.push_back(fmt::format("and {} more (--all lists them)", n - shown_max));
        }
        out += fmt::format("Not examined, {} ({}): {}\n", reason, n, join(names, ", "));
    }
    return out;
}

std::string to_text(report const& r, bool all)
{
    auto out = r.where + "\n";
    for (auto const& note : r.notes) out += fmt::format("  {}\n", note);
    out += '\n';
    for (auto const& [what, found] : sorted(r)) {
        out += fmt::format(
            "{:<8} {}  {} {}\n         {}\n",
            upper(evidence::to_string(level_of(*what, *found))),
            what->id,
            found->kind,
            found->object,
            found->detail
        );
        if (!found->fix.empty()) out += fmt::format("         Fix: {}\n", found->fix);
        if (!what->live.empty()) {
            out += fmt::format("         Suspected; a live attempt decides: {}\n", what->live);
        }
    }
    for (auto const& o : r.outcomes) {
        if (!o.undecided.empty()) out += fmt::format("UNDECIDED {}: {}\n", o.what.id, o.undecided);
    }
    out += fmt::format("{}\n{}", examined_text(r), not_examined_text(r, all));
    return out;
}

std::string to_markdown(report const& r)
{
    auto out = fmt::format("## {}\n\n", r.where);
    for (auto const& note : r.notes) out += fmt::format("- {}\n", note);
    out += "\n| severity | lint | what | detail |\n|---|---|---|---|\n";
    for (auto const& [what, found] : sorted(r)) {
        out += fmt::format(
            "| {} | `{}` | {} `{}` | {} |\n",
            evidence::to_string(level_of(*what, *found)),
            what->id,
            found->kind,
            replace_all(found->object, "|", "\\|"),
            replace_all(found->detail, "|", "\\|")
        );
    }
    out += '\n';
    for (auto const& o : r.outcomes) {
        if (!o.undecided.empty())
            out += fmt::format("- undecided: `{}`: {}\n", o.what.id, o.undecided);
    }
    return out + fmt::format("{}\n\n{}", examined_text(r), not_examined_text(r, true));
}

} // namespace watertight::lint
