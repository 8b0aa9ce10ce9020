#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports::sections {

using markup::esc;
using verdict::result_table;

static std::string table_head(result_table const& t)
{
    std::string out = "<thead><tr>";
    for (auto const& name : t.columns) out += "<th>" + esc(name) + "</th>";
    return out + "</tr></thead>";
}

static std::string table_row(result_table const& t, std::vector<std::string> const& cells)
{
    std::string out = "<tr>";
    for (std::size_t i = 0; i < std::min(cells.size(), t.columns.size()); ++i) {
        out += i == 0 ? "<td><strong>" + esc(cells[i]) + "</strong></td>"
                      : markup::cell(t.columns[i], esc(cells[i]));
    }
    return out + "</tr>\n";
}

std::string tables(run_result const& r)
{
    std::string body;
    for (auto const& t : r.tables) {
        if (t.rows.empty()) continue;
        body += fmt::format(
            "<h3 class=\"label\">{} <code>{}</code></h3>\n"
            "<div class=\"card flush\"><table class=\"stacks\">{}<tbody>\n",
            esc(t.title),
            esc(t.id),
            table_head(t)
        );
        for (auto const& row : t.rows) body += table_row(t, row);
        body += "</tbody></table></div>\n";
    }
    if (body.empty()) return {};
    return markup::section(
        {.id = "tables",
         .title = "Tables",
         .lead = "what probes learnt beside their verdicts",
         .body = body}
    );
}

} // namespace watertight::reports::sections
