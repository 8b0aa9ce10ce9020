#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace watertight::reports::sections {

using markup::esc;

namespace {

struct leak {
    std::size_t findings = 0;
    std::size_t first = 0;
};

using leaks = std::map<std::pair<std::string, std::string>, leak>;

} // namespace

static leaks collect(run_result const& r)
{
    leaks out;
    for (std::size_t i = 0; i < r.findings.size(); ++i) {
        auto const& f = r.findings[i];
        std::set<std::pair<std::string, std::string>> pairs{f.pairs.begin(), f.pairs.end()};
        if (!f.victim.empty() && !f.intruder.empty()) pairs.emplace(f.victim, f.intruder);
        for (auto const& pair : pairs) {
            auto& l = out[pair];
            if (l.findings++ == 0) l.first = i;
        }
    }
    return out;
}

// What a page has room for, and what an eye follows.
constexpr std::size_t tenants_max = 24;

/// Rows and columns of the table: all that take part, or those of the pairs with most findings.
struct axes {
    std::set<std::string> victims;
    std::set<std::string> intruders;
    bool is_whole = true;
};

static axes axes_of(leaks const& all)
{
    axes out;
    std::set<std::string> both;
    for (auto const& [pair, l] : all) both.insert({pair.first, pair.second});
    if (both.size() <= tenants_max) return {both, both, true};
    std::vector<leaks::const_pointer> worst;
    for (auto const& entry : all) worst.push_back(&entry);
    std::ranges::stable_sort(worst, std::greater{}, [](auto const* p) {
        return p->second.findings;
    });
    for (auto const* const entry : worst) {
        auto const& [victim, intruder] = entry->first;
        auto const has_room = [](auto const& names, std::string const& name) {
            return names.size() < tenants_max || names.contains(name);
        };
        if (!has_room(out.victims, victim) || !has_room(out.intruders, intruder)) {
            out.is_whole = false;
            continue;
        }
        out.victims.insert(victim);
        out.intruders.insert(intruder);
    }
    return out;
}

static std::string cell_of(leaks const& all, std::string const& victim, std::string const& intruder)
{
    if (victim == intruder) return "<td class=\"own\"></td>";
    auto const at = all.find({victim, intruder});
    if (at == all.end()) return "<td>0</td>";
    return fmt::format(
        "<td class=\"leak\"><a href=\"#finding-{}\" title=\"{} of {} reached by {}\">{}</a></td>",
        at->second.first,
        counted(at->second.findings, "finding"),
        esc(victim),
        esc(intruder),
        at->second.findings
    );
}

static std::string table_of(leaks const& all, axes const& shown)
{
    std::string table = "<table class=\"matrix\"><thead><tr><th>victim \\ intruder</th>";
    for (auto const& name : shown.intruders) {
        table += "<th scope=\"col\"><span>" + esc(name) + "</span></th>";
    }
    table += "</tr></thead><tbody>\n";
    for (auto const& victim : shown.victims) {
        table += "<tr><th scope=\"row\">" + esc(victim) + "</th>";
        for (auto const& intruder : shown.intruders) table += cell_of(all, victim, intruder);
        table += "</tr>\n";
    }
    return table + "</tbody></table>\n";
}

/// Every pair of all tenants as a point: where leaks lie in a row, a column or a block, their cause
/// mostly lies there, too.
static std::string map_of(leaks const& all, run_result const& r)
{
    std::map<std::string, std::size_t> places;
    for (auto const& t : r.tenants) places.emplace(t.slug, places.size());
    auto const n = places.size();
    auto const point = std::max(1.0, static_cast<double>(n) / 120);
    std::string points;
    for (auto const& [pair, l] : all) {
        auto const victim = places.find(pair.first);
        auto const intruder = places.find(pair.second);
        if (victim == places.end() || intruder == places.end()) continue;
        points += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{} of {} reached by "
            "{}</title></rect>",
            intruder->second,
            victim->second,
            point,
            point,
            counted(l.findings, "finding"),
            esc(pair.first),
            esc(pair.second)
        );
    }
    return fmt::format(
        "<figure class=\"pairs-map\"><svg viewBox=\"0 0 {0} {0}\" role=\"img\" "
        "aria-label=\"{1} with findings among {2} tenants\"><path class=\"own\" d=\"M0 0L{0} "
        "{0}\"/>"
        "{3}</svg><figcaption>All {2} tenants: victims from top to bottom, intruders from left to "
        "right, in the order in which they were made.</figcaption></figure>\n",
        static_cast<double>(n) + point,
        counted(all.size(), "ordered pair"),
        number(n),
        points
    );
}

std::string matrix(run_result const& r)
{
    auto const all = collect(r);
    if (all.empty()) return {};
    auto const shown = axes_of(all);
    auto lead = fmt::format("{} with findings", counted(all.size(), "ordered pair"));
    if (!shown.is_whole) lead += "; the table has those with most of them";
    auto body = "<div class=\"card flush\">" + table_of(all, shown) + "</div>\n";
    if (r.tenants.size() > tenants_max) body += map_of(all, r);
    return markup::section(
        {.id = "pairs", .title = "Who reached whom", .lead = lead, .body = std::move(body)}
    );
}

} // namespace watertight::reports::sections
