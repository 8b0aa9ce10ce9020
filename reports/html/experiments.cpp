#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports::sections {

using markup::esc;
using verdict::experiment_outcome;

static double mean_of(std::vector<double> const& values)
{
    double sum = 0;
    for (auto const v : values) sum += v;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

static std::string arm_cell(experiment_outcome const& e, std::size_t which, std::string_view title)
{
    if (which >= e.arms.size()) return markup::cell(title, "");
    auto const& arm = e.arms[which];
    if (arm.latency_us.empty()) return markup::cell(title, "not measured");
    auto text = micros(mean_of(arm.latency_us));
    if (!arm.queries.empty()) text += fmt::format(", {:.2f} queries", mean_of(arm.queries));
    text += fmt::format(" in {}", counted(arm.latency_us.size(), "block"));
    if (arm.failed > 0) text += fmt::format(", {} failed", number(arm.failed));
    return markup::cell(title, esc(text));
}

static std::string row(experiment_outcome const& e)
{
    auto name = "<strong>" + esc(e.name) + "</strong>";
    for (auto const& what : e.not_restored)
        name += "<span class=\"note\">not put back: " + esc(what) + "</span>";
    std::string changes;
    if (e.latency) changes += esc(change(e.statistic + " latency", *e.latency));
    if (e.queries) changes += "<br>" + esc(change("database queries", *e.queries));
    if (!e.note.empty()) changes += esc(e.note);
    return fmt::format(
        "<tr><td>{}</td>{}{}{}</tr>\n",
        name,
        arm_cell(e, 0, "Arm a"),
        arm_cell(e, 1, "Arm b"),
        markup::cell("From a to b", changes)
    );
}

std::string experiments(run_result const& r)
{
    if (r.experiments.empty()) return {};
    std::string rows;
    for (auto const& e : r.experiments) rows += row(e);
    return markup::section(
        {.id = "experiments",
         .title = "Experiments",
         .lead = "two states of the system under the same load, taking turns: A B B A",
         .body = "<div class=\"card flush\"><table class=\"stacks\"><thead><tr>"
                 "<th>Experiment</th><th>Arm a</th><th>Arm b</th><th>From a to b</th>"
                 "</tr></thead><tbody>\n" +
                 rows + "</tbody></table></div>\n"}
    );
}

} // namespace watertight::reports::sections
