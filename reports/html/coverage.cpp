#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace watertight::reports::sections {

using markup::esc;
using verdict::coverage_item;

static std::string meter(double share)
{
    return fmt::format(
        "<div class=\"meter\"><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\"><rect class=\"bar\" width=\"{:.2f}\" height=\"8\"/></svg></div>",
        share * 100
    );
}

static std::string items(std::vector<coverage_item const*> const& all, bool examined)
{
    constexpr std::size_t shown_max = 400;
    std::string out;
    std::size_t shown = 0;
    std::size_t left = 0;
    for (auto const* const c : all) {
        if (c->examined != examined) continue;
        if (++shown > shown_max) {
            ++left;
            continue;
        }
        out += "<li><code>" + esc(c->name) + "</code>";
        if (!c->by.empty()) out += " <span class=\"soft small\">" + esc(c->by) + "</span>";
        out += "</li>\n";
    }
    if (left > 0) out += "<li>and " + number(left) + " more, in the raw result</li>\n";
    return out.empty() ? out : "<ul>" + out + "</ul>\n";
}

static std::string plural_of(std::string_view kind)
{
    static std::map<std::string_view, std::string_view> const names{
        {"endpoint", "Endpoints"},
        {"table", "Tables"},
        {"key_family", "Key families"},
        {"channel", "Identity channels"},
        {"pair", "Tenant pairs"}};
    auto const at = names.find(kind);
    return at == names.end() ? words(kind) : std::string{at->second};
}

static std::string kind_row(std::string const& kind, std::vector<coverage_item const*> const& all)
{
    auto const examined =
        static_cast<std::size_t>(std::ranges::count(all, true, &coverage_item::examined));
    auto const share = static_cast<double>(examined) / static_cast<double>(all.size());
    auto const missed = items(all, false);
    auto detail = missed.empty() ? std::string{} : "<h3 class=\"label\">Not examined</h3>" + missed;
    auto const done = items(all, true);
    if (!done.empty()) {
        detail += "<details><summary>Examined</summary>" + done + "</details>";
    }
    return fmt::format(
        "<tr class=\"{}\"><td><strong>{}</strong></td>{}<td>{}</td><td>{}</td></tr>\n",
        examined == all.size() ? "" : "doubt",
        esc(plural_of(kind)),
        markup::number_cell("Examined", number(examined) + " of " + number(all.size()), share),
        meter(share),
        detail
    );
}

std::string coverage(run_result const& r)
{
    if (r.coverage.empty()) return {};
    std::map<std::string, std::vector<coverage_item const*>> kinds;
    for (auto const& c : r.coverage) kinds[c.kind].push_back(&c);
    std::string rows;
    for (auto const& [kind, all] : kinds) rows += kind_row(kind, all);
    return markup::section(
        {.id = "coverage",
         .title = "Coverage",
         .lead = "what no probe looked at is part of the verdict",
         .body = "<div class=\"card flush\"><table class=\"stacks\"><thead><tr><th>What</th>"
                 "<th class=\"num\">Examined</th><th></th><th></th></tr></thead><tbody>\n" +
                 rows + "</tbody></table></div>\n"}
    );
}

} // namespace watertight::reports::sections
