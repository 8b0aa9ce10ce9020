#include "harness/verdict/criteria.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace watertight::reports::sections {

using markup::esc;

std::string metrics(run_result const& r)
{
    if (r.metrics.empty()) return {};
    std::string rows;
    for (auto const& [name, value] : r.metrics) {
        auto const* const spec = verdict::find_metric(name);
        auto const shown =
            verdict::format_value(value, spec == nullptr ? verdict::unit::count : spec->in);
        rows += fmt::format(
            "<tr><td><code>{}</code></td>{}{}</tr>\n",
            esc(name),
            markup::number_cell("Value", esc(shown), value),
            markup::cell("", spec == nullptr ? "" : esc(spec->meaning))
        );
    }
    return markup::section(
        {.id = "metrics",
         .title = "Metrics",
         .lead = "whatever a criterion can name, with the value it had",
         .body = "<details class=\"card\"><summary>" + counted(r.metrics.size(), "metric") +
                 "</summary><table class=\"stacks sortable\"><thead><tr><th>Metric</th>"
                 "<th class=\"num\">Value</th><th>Meaning</th></tr></thead><tbody>\n" +
                 rows + "</tbody></table></details>\n"}
    );
}

std::string provenance(run_result const& r)
{
    std::string facts;
    auto const term = [&](std::string_view name, std::string_view text, bool is_code = false) {
        if (text.empty()) return;
        auto const content = is_code ? "<code>" + esc(text) + "</code>" : esc(text);
        facts += fmt::format("<dt>{}</dt><dd>{}</dd>\n", esc(name), content);
    };
    term("Command", r.command_line, true);
    term("Seed", std::to_string(r.seed), true);
    term("Run", r.run_id, true);
    term("Scenario", r.scenario_file, true);
    term("Scenario SHA-256", r.scenario_sha256, true);
    term("Target", r.target);
    term("Started", r.started_at);
    term("Finished", r.finished_at);
    term("Version", "watertight " + r.tool_version);
    for (auto const& [name, value] : r.environment) term(name, value);
    return markup::section(
        {.id = "provenance",
         .title = "How it was run",
         .lead = "the seed fixes tenants, data, pairs and order",
         .body = "<div class=\"card\"><dl>" + facts +
                 "</dl>\n<p><button type=\"button\" class=\"plain\" id=\"download\" hidden>"
                 "Download result.json</button></p>\n<noscript><p class=\"soft\">The raw result is "
                 "in this page's source, in the element with the id <code>result</code>."
                 "</p></noscript></div>\n"}
    );
}

} // namespace watertight::reports::sections
