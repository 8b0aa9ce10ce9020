// Latency by percentile and over time, as SVG that needs no script.

#include "harness/verdict/criteria.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/plot.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace watertight::reports::sections {

using markup::frame;
using markup::point;
using verdict::series_point;

static double real(std::uint64_t n)
{
    return static_cast<double>(n);
}

static std::string axis_of_time(frame const& f)
{
    std::string out;
    auto const step = markup::step_for(f.y_max);
    for (double v = 0; v <= f.y_max * 1.0001; v += step) {
        out += fmt::format(
            "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
            f.left,
            f.left + f.width,
            f.y(v),
            f.y(v)
        );
        out += markup::text_at({f.left - 8, f.y(v) + 4, "end"}, v == 0 ? "0" : micros(v));
    }
    return out;
}

// Distance from the median in nines: 90% is 1, 99% is 2, 99.9% is 3.
static std::string percentile_chart(verdict::histogram_summary const& h)
{
    struct stop {
        double nines;
        char const* name;
        std::uint64_t us;
    };
    auto const last = std::clamp(std::log10(real(std::max<std::uint64_t>(h.n, 1))), 3.4, 6.0);
    stop const stops[]{
        {0.301, "p50", h.p50_us},
        {1, "p90", h.p90_us},
        {1.301, "p95", h.p95_us},
        {2, "p99", h.p99_us},
        {3, "p99.9", h.p999_us},
        {last, "max", h.max_us}};
    frame f;
    f.height = 150;
    f.x_max = last + 0.1;
    f.y_max = std::max(real(h.max_us) * 1.15, 1.0);
    auto out = markup::open_svg(f, "Latency by percentile") + axis_of_time(f);
    std::vector<point> line;
    for (auto const& s : stops) line.push_back({s.nines, real(s.us)});
    out += markup::polyline(f, line, "line s2");
    for (auto const& s : stops) {
        auto const x = f.x(s.nines);
        auto const y = f.y(real(s.us));
        out += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>\n", x, y);
        out += markup::text_at({x, y - 8, "middle", "value"}, micros(real(s.us)));
        out += markup::text_at({x, f.top + f.height + 18, "middle"}, s.name);
    }
    return "<div class=\"plot\" tabindex=\"0\">" + out + "</svg></div>\n";
}

// At most `points_max` points: of several seconds, the sum of requests and the worst latency.
static std::vector<series_point> thinned(std::vector<series_point> const& all)
{
    constexpr std::size_t points_max = 400;
    auto const group = (all.size() + points_max - 1) / points_max;
    if (group <= 1) return all;
    std::vector<series_point> out;
    for (std::size_t i = 0; i < all.size(); i += group) {
        auto sum = all[i];
        for (auto j = i + 1; j < std::min(i + group, all.size()); ++j) {
            sum.ok += all[j].ok;
            sum.failed += all[j].failed;
            sum.p50_us = std::max(sum.p50_us, all[j].p50_us);
            sum.p95_us = std::max(sum.p95_us, all[j].p95_us);
            sum.p99_us = std::max(sum.p99_us, all[j].p99_us);
        }
        out.push_back(sum);
    }
    for (auto& p : out) {
        p.ok = (p.ok + group / 2) / group;
        p.failed = (p.failed + group - 1) / group;
    }
    return out;
}

static frame frame_over(std::vector<series_point> const& series, double height)
{
    frame f;
    f.height = height;
    f.x_min = series.front().at_s;
    f.x_max = std::max(f.x_min + 1, static_cast<double>(series.back().at_s));
    return f;
}

static std::string time_axis(frame const& f)
{
    std::string out;
    auto const step = std::max(1.0, markup::step_for((f.x_max - f.x_min) / 2));
    for (double at = std::ceil(f.x_min / step) * step; at <= f.x_max; at += step) {
        out += markup::text_at(
            {f.x(at), f.top + f.height + 18, "middle", "tick"}, at == 0 ? "0" : lasting(at)
        );
    }
    return out;
}

struct marked_phases {
    std::string lines;
    std::string names;
};

static marked_phases phase_marks(frame const& f, run_result const& r)
{
    marked_phases out;
    double free_from = 0;
    for (auto const& p : r.phases) {
        if (p.started_s < f.x_min || p.started_s > f.x_max || p.kind == "provision") continue;
        auto const x = f.x(p.started_s);
        out.lines += fmt::format(
            "<line class=\"phase\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>\n",
            x,
            f.top,
            f.top + f.height
        );
        // Names that would overlap stay out; the lines remain.
        if (x < free_from) continue;
        out.names += markup::text_at({x + 4, f.top + 10, "start", "at"}, p.name);
        free_from = x + 12 + 6.5 * static_cast<double>(columns(p.name));
    }
    return out;
}

static std::string latency_over_time(std::vector<series_point> const& series, run_result const& r)
{
    auto f = frame_over(series, 190);
    std::vector<point> p50;
    std::vector<point> p95;
    std::vector<point> p99;
    double most = 1;
    for (auto const& s : series) {
        // A second in which nothing was answered has no latency; 0 would be a lie.
        if (s.ok + s.failed == 0) continue;
        p50.push_back({static_cast<double>(s.at_s), real(s.p50_us)});
        p95.push_back({static_cast<double>(s.at_s), real(s.p95_us)});
        p99.push_back({static_cast<double>(s.at_s), real(s.p99_us)});
        most = std::max(most, real(s.p99_us));
    }
    f.y_max = most * 1.15;
    auto const marks = phase_marks(f, r);
    auto const lines = markup::polyline(f, p50, "line s1") + markup::polyline(f, p95, "line s2") +
                       markup::polyline(f, p99, "line s3");
    return "<h3 class=\"label\">Latency over time</h3><div class=\"plot\" tabindex=\"0\">" +
           markup::open_svg(f, "Latency over time", true) + axis_of_time(f) +
           markup::pane(f, marks.lines + lines) + marks.names + time_axis(f) +
           "</svg></div>\n<p class=\"legend\"><span class=\"k1\"><i></i>p50</span>"
           "<span class=\"k2\"><i></i>p95</span><span class=\"k3\"><i></i>p99</span></p>\n";
}

static std::string requests_over_time(std::vector<series_point> const& series, run_result const& r)
{
    auto f = frame_over(series, 90);
    double most = 1;
    for (auto const& s : series) most = std::max(most, real(s.ok + s.failed));
    f.y_max = most * 1.15;
    std::string bars;
    // A second is as wide as a bar: the last one needs room too.
    f.x_max += (f.x_max - f.x_min) / static_cast<double>(series.size());
    auto const wide = std::max(1.0, f.width / static_cast<double>(series.size()) - 0.5);
    auto const bar = [&](std::string_view css, double x, double from, double to) {
        if (to <= from) return;
        // One failure among hundreds of requests must still be seen.
        auto const high = std::max(2.0, f.y(from) - f.y(to));
        bars += fmt::format(
            "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
            css,
            f.x(x),
            f.y(from) - high,
            wide,
            high
        );
    };
    for (auto const& s : series) {
        auto const at = static_cast<double>(s.at_s);
        bar("area", at, 0, real(s.ok));
        bar("failed", at, real(s.ok), real(s.ok + s.failed));
    }
    auto out = markup::open_svg(f, "Requests a second", true) +
               markup::pane(f, phase_marks(f, r).lines + bars);
    for (double const v : {0.0, most}) {
        out += markup::text_at({f.left - 8, f.y(v) + 4, "end"}, v == 0 ? "0" : per_second(v));
    }
    return "<h3 class=\"label\">Requests a second</h3><div class=\"plot\" tabindex=\"0\">" + out +
           time_axis(f) +
           "</svg></div>\n<p class=\"legend\"><span class=\"k1\"><i></i>answered</span>"
           "<span class=\"k4\"><i></i>failed</span></p>\n";
}

static std::string phases(run_result const& r)
{
    std::string rows;
    for (auto const& p : r.phases) {
        bool const is_traffic = p.kind == "traffic";
        auto const offered = p.offered_per_s > 0 ? per_second(p.offered_per_s) : std::string{};
        rows += fmt::format(
            "<tr><td>{}<span class=\"note\">{}</span></td>{}{}{}{}{}{}{}</tr>\n",
            markup::esc(p.name),
            markup::esc(p.note),
            markup::cell("Kind", markup::esc(words(p.kind))),
            markup::number_cell("Took", lasting(p.duration_s), p.duration_s),
            markup::number_cell("Offered", offered, p.offered_per_s),
            markup::number_cell(
                "Answered", is_traffic ? per_second(p.achieved_per_s) : "", p.achieved_per_s
            ),
            markup::number_cell("Unsent", is_traffic ? number(p.unsent) : "", real(p.unsent)),
            markup::number_cell("Tenants", p.tenants > 0 ? number(p.tenants) : "", real(p.tenants)),
            markup::number_cell(
                "p95", p.latency.n > 0 ? micros(real(p.latency.p95_us)) : "", real(p.latency.p95_us)
            )
        );
    }
    if (rows.empty()) return {};
    return "<div class=\"card flush\"><table class=\"stacks\"><thead><tr><th>Phase</th>"
           "<th>Kind</th><th class=\"num\">Took</th><th class=\"num\">Offered</th>"
           "<th class=\"num\">Answered</th><th class=\"num\">Unsent</th>"
           "<th class=\"num\">Tenants</th><th class=\"num\">p95</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

std::string latency(run_result const& r)
{
    if (r.latency.n == 0 && r.series.empty()) return {};
    std::string body = "<div class=\"card\">\n";
    if (r.latency.n > 0) {
        body += "<h3 class=\"label\">Latency by percentile</h3>" + percentile_chart(r.latency);
    }
    if (!r.series.empty()) {
        auto const series = thinned(r.series);
        body += latency_over_time(series, r) + requests_over_time(series, r);
    }
    body += "</div>\n" + phases(r);
    return markup::section(
        {.id = "latency",
         .title = "Latency",
         .lead = counted(r.latency.n, "request") + ", mean " + micros(r.latency.mean_us),
         .body = body}
    );
}

} // namespace watertight::reports::sections
