// The tables of what load saw, by operation and by tenant.

#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports::sections {

using markup::esc;
using markup::number_cell;

static double real(std::uint64_t n)
{
    return static_cast<double>(n);
}

static std::string time_cell(std::string_view label, std::uint64_t n, std::uint64_t us)
{
    if (n == 0) return markup::cell(label, "");
    return number_cell(label, micros(real(us)), real(us));
}

static std::string count_cell(std::string_view label, std::uint64_t n)
{
    return number_cell(label, number(n), real(n));
}

static std::string errors_of(verdict::operation_outcome const& o)
{
    std::string out;
    for (auto const& [kind, n] : o.errors) {
        if (n > 0) out += (out.empty() ? "" : ", ") + number(n) + " " + words(kind);
    }
    return out;
}

static std::string operation_row(verdict::operation_outcome const& o)
{
    auto const errors = errors_of(o);
    auto const& h = o.latency;
    return fmt::format(
        "<tr class=\"{}\"><td><code>{}</code></td>{}{}{}{}{}{}{}</tr>\n",
        errors.empty() ? "" : "doubt",
        esc(o.name),
        count_cell("OK", o.ok),
        markup::cell("Errors", esc(errors)),
        time_cell("p50", h.n, h.p50_us),
        time_cell("p95", h.n, h.p95_us),
        time_cell("p99", h.n, h.p99_us),
        time_cell("max", h.n, h.max_us),
        time_cell("p95 of service", o.service_time.n, o.service_time.p95_us)
    );
}

std::string operations(run_result const& r)
{
    if (r.operations.empty()) return {};
    std::string rows;
    for (auto const& o : r.operations) rows += operation_row(o);
    return markup::section(
        {.id = "operations",
         .title = "Operations",
         .lead = "latency from the intended send time, service time from the actual one",
         .body =
             "<div class=\"card flush\"><table class=\"stacks sortable\"><thead><tr>"
             "<th>Operation</th><th class=\"num\">OK</th><th>Errors</th>"
             "<th class=\"num\">p50</th><th class=\"num\">p95</th><th class=\"num\">p99</th>"
             "<th class=\"num\">max</th><th class=\"num\">service p95</th></tr></thead><tbody>\n" +
             rows + "</tbody></table></div>\n"}
    );
}

static std::string tenant_row(verdict::tenant_outcome const& t)
{
    return fmt::format(
        "<tr class=\"{}\"><td>{}</td>{}{}{}{}{}{}{}</tr>\n",
        t.failed > 0 ? "doubt" : "",
        esc(t.slug),
        markup::cell("Plan", esc(t.plan)),
        count_cell("OK", t.ok),
        count_cell("Failed", t.failed),
        count_cell("Throttled", t.throttled),
        time_cell("p50", t.latency.n, t.latency.p50_us),
        time_cell("p95", t.latency.n, t.latency.p95_us),
        time_cell("max", t.latency.n, t.latency.max_us)
    );
}

// A page with ten thousand rows helps nobody: those that fared worst are shown.
std::string tenants(run_result const& r)
{
    if (r.tenants.empty()) return {};
    constexpr std::size_t shown_max = 200;
    std::vector<verdict::tenant_outcome const*> sorted;
    for (auto const& t : r.tenants) sorted.push_back(&t);
    std::ranges::stable_sort(sorted, [](auto const* a, auto const* b) {
        return std::pair{a->failed, a->latency.p95_us} > std::pair{b->failed, b->latency.p95_us};
    });
    sorted.resize(std::min(sorted.size(), shown_max));
    std::string rows;
    for (auto const* const t : sorted) rows += tenant_row(*t);
    auto lead = std::string{"those that fared worst first"};
    if (r.tenants.size() > shown_max) {
        lead += ", " + number(shown_max) + " of " + number(r.tenants.size()) +
                "; all are in the raw result";
    }
    return markup::section(
        {.id = "tenants",
         .title = "Tenants",
         .lead = lead,
         .body =
             "<div class=\"card flush\"><table class=\"stacks sortable\"><thead><tr>"
             "<th>Tenant</th><th>Plan</th><th class=\"num\">OK</th><th class=\"num\">Failed</th>"
             "<th class=\"num\">Throttled</th><th class=\"num\">p50</th><th class=\"num\">p95</th>"
             "<th class=\"num\">max</th></tr></thead><tbody>\n" +
             rows + "</tbody></table></div>\n"}
    );
}

} // namespace watertight::reports::sections
