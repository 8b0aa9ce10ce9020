#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

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

// Tenants that take part in a finding; the rest of the matrix would be empty.
static std::set<std::string> tenants_in(leaks const& all, std::size_t tenants_max)
{
    std::set<std::string> out;
    for (auto const& [pair, l] : all) {
        if (out.size() + 2 > tenants_max) break;
        out.insert(pair.first);
        out.insert(pair.second);
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

std::string matrix(run_result const& r)
{
    auto const all = collect(r);
    if (all.empty()) return {};
    constexpr std::size_t tenants_max = 24;
    auto const names = tenants_in(all, tenants_max);

    std::string table = "<table class=\"matrix\"><thead><tr><th>victim \\ intruder</th>";
    for (auto const& name : names) table += "<th scope=\"col\">" + esc(name) + "</th>";
    table += "</tr></thead><tbody>\n";
    for (auto const& victim : names) {
        table += "<tr><th scope=\"row\">" + esc(victim) + "</th>";
        for (auto const& intruder : names) table += cell_of(all, victim, intruder);
        table += "</tr>\n";
    }
    table += "</tbody></table>\n";

    auto const shown = names.size();
    auto lead = fmt::format("{} with findings", counted(all.size(), "ordered pair"));
    if (r.tenants.size() > shown) {
        lead += fmt::format(", {} of {} tenants shown", number(shown), number(r.tenants.size()));
    }
    return markup::section(
        {.id = "pairs",
         .title = "Who reached whom",
         .lead = lead,
         .body = "<div class=\"card flush\">" + table + "</div>\n"}
    );
}

} // namespace watertight::reports::sections
