#include "reports/html/drill_chart.hpp"

#include "reports/html/markup.hpp"
#include "reports/html/plot.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports::sections {

using markup::frame;
using verdict::drill_outcome;
using verdict::drill_phase;

static constexpr double row_height = 24;
static constexpr double panel_height = 90;
static constexpr double gap = 26;

namespace {

struct span {
    double from = 0;
    double lasts = 0;
};

struct bar {
    std::string name;
    std::string css;
    std::string text;
    /// In order; more than one where other work lay between.
    std::vector<span> spans;

    double begin() const { return spans.front().from; }
    double end() const { return spans.back().from + spans.back().lasts; }
};

/// The panels share the axis of time; each has its own height.
struct layout {
    frame latency;
    frame requests;
    frame phases;
};

} // namespace

static std::string against_budget(drill_phase const& p)
{
    auto text = lasting(p.duration_s);
    if (p.budget_s) text += " of " + lasting(*p.budget_s);
    return text;
}

// When a phase was worked on: all the time, or by several steps.
static std::vector<span> spans_of(drill_phase const& p, drill_outcome const& d)
{
    std::vector<span> out;
    for (auto const& s : d.steps) {
        if (s.kind == p.name) out.push_back({s.started_s, s.duration_s});
    }
    if (out.size() < 2) return {{p.started_s, p.duration_s}};
    return out;
}

// Each phase, and under it its steps.
static std::vector<bar> bars_of(drill_outcome const& d)
{
    std::vector<bar> out;
    for (auto const& p : d.phases) {
        out.push_back(
            {p.name, p.within_budget ? "bar" : "bar over", against_budget(p), spans_of(p, d)}
        );
        for (auto const& s : d.steps) {
            if (s.phase != p.name) continue;
            out.push_back(
                {"  " + s.name,
                 s.ok ? "area" : "failed",
                 lasting(s.duration_s),
                 {{s.started_s, s.duration_s}}}
            );
        }
    }
    return out;
}

static std::string cut(std::string const& text, std::size_t most)
{
    if (columns(text) <= most) return text;
    auto at = most - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    return text.substr(0, at) + "…";
}

static layout lay_out(drill_outcome const& d, std::vector<bar> const& bars)
{
    frame f;
    f.left = 190;
    f.width = 600;
    f.top = 22;
    f.x_min = bars.front().begin();
    f.x_max = f.x_min;
    for (auto const& b : bars) {
        f.x_min = std::min(f.x_min, b.begin());
        f.x_max = std::max(f.x_max, b.end());
    }
    for (auto const& p : d.series) {
        f.x_min = std::min(f.x_min, p.at_s);
        f.x_max = std::max(f.x_max, p.at_s);
    }
    f.x_max = std::max(f.x_max, f.x_min + 1e-3);
    layout out{f, f, f};
    if (!d.series.empty()) {
        out.latency.height = panel_height;
        out.requests.top = out.latency.top + panel_height + gap;
        out.requests.height = panel_height / 2;
        out.phases.top = out.requests.top + out.requests.height + gap;
    }
    out.phases.height = row_height * static_cast<double>(bars.size());
    return out;
}

static std::string vertical(std::string_view css, double x, double from, double to)
{
    return fmt::format(
        "<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
        css,
        x,
        x,
        from,
        to
    );
}

static std::string time_grid(layout const& all)
{
    auto const& f = all.phases;
    auto const bottom = f.top + f.height;
    std::string out;
    auto const step = markup::step_for(f.x_max - f.x_min);
    for (double at = 0; at <= f.x_max - f.x_min; at += step) {
        auto const x = f.x(f.x_min + at);
        out += vertical("grid", x, all.latency.top, bottom);
        out += markup::text_at({x, bottom + 18, "middle"}, at == 0 ? "0" : lasting(at));
    }
    return out;
}

static std::string latency_panel(frame f, drill_outcome const& d)
{
    double most = 1;
    for (auto const& p : d.series) most = std::max(most, static_cast<double>(p.p95_us));
    f.y_max = most * 1.1;
    std::string out;
    std::vector<markup::point> line;
    auto const draw = [&] {
        if (line.size() > 1) out += markup::polyline(f, line, "line s2");
        line.clear();
    };
    for (auto const& p : d.series) {
        // Where nothing was answered well there is no latency; 0 would be a lie.
        if (p.ok == 0) {
            draw();
            continue;
        }
        line.push_back({p.at_s, static_cast<double>(p.p95_us)});
    }
    draw();
    out += markup::text_at({8, f.top + 12, "start", "value"}, "p95 of good answers");
    out += markup::text_at({f.left - 8, f.y(most) + 4, "end"}, micros(most));
    out += markup::text_at({f.left - 8, f.y(0) + 4, "end"}, "0");
    return out;
}

// The width of the narrowest slice is that of all of them.
static double slice_width(drill_outcome const& d)
{
    double out = 1;
    for (std::size_t i = 1; i < d.series.size(); ++i) {
        auto const apart = d.series[i].at_s - d.series[i - 1].at_s;
        out = i == 1 ? apart : std::min(out, apart);
    }
    return out;
}

static std::string requests_panel(frame f, drill_outcome const& d)
{
    double most = 1;
    for (auto const& p : d.series) most = std::max(most, static_cast<double>(p.ok + p.failed));
    f.y_max = most;
    auto const slice = slice_width(d);
    std::string out;
    auto const add = [&](std::string_view css, double at, double from, double to) {
        if (to <= from) return;
        auto const x = f.x(at);
        // One failure among hundreds of requests must still be seen.
        auto const high = std::max(2.0, f.y(from) - f.y(to));
        auto const wide = std::min(f.left + f.width, f.x(at + slice)) - x - 0.5;
        out += fmt::format(
            "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
            css,
            x,
            f.y(from) - high,
            std::max(1.0, wide),
            high
        );
    };
    for (auto const& p : d.series) {
        auto const good = static_cast<double>(p.ok);
        add("area", p.at_s, 0, good);
        add("failed", p.at_s, good, good + static_cast<double>(p.failed));
    }
    out += markup::text_at({8, f.top + 12, "start", "value"}, "answers, failed in red");
    out += markup::text_at({f.left - 8, f.y(most) + 10, "end"}, per_second(most / slice));
    return out;
}

static std::string draw_bar(frame const& f, bar const& b, double y)
{
    bool const is_phase = b.css.starts_with("bar");
    std::string out;
    double right = 0;
    for (auto const& s : b.spans) {
        auto const x = f.x(s.from);
        auto const wide = std::max(2.0, f.x(s.from + s.lasts) - x);
        right = x + wide;
        out += fmt::format(
            "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
            "rx=\"2\"/>\n",
            b.css,
            x,
            y + (is_phase ? 5 : 8),
            wide,
            is_phase ? 14.0 : 8.0
        );
    }
    auto const css = is_phase ? "value" : "";
    auto const indent = is_phase ? 0 : 12;
    out += markup::text_at({8.0 + indent, y + 16, "start", css}, cut(b.name, 30));
    // Beside the bar where there is room, otherwise before it.
    bool const after = right + 8 + 6.5 * static_cast<double>(b.text.size()) < f.left + f.width + 20;
    auto const at = after ? right + 6 : f.x(b.begin()) - 6;
    return out + markup::text_at({at, y + 16, after ? "start" : "end", css}, b.text);
}

static drill_phase const* find(drill_outcome const& d, std::string_view name)
{
    auto const at = std::ranges::find(d.phases, name, &drill_phase::name);
    return at == d.phases.end() ? nullptr : &*at;
}

static std::string marks(layout const& all, drill_outcome const& d)
{
    auto const bottom = all.phases.top + all.phases.height;
    std::string out;
    double free_from = 0;
    auto const mark = [&](double at, std::string_view name) {
        auto const x = all.phases.x(at);
        out += vertical("phase", x, 12, bottom);
        // Names that would overlap stay out; the lines remain.
        if (x < free_from) return;
        out += markup::text_at({x + 4, 14, "start", "value"}, name);
        free_from = x + 12 + 6.5 * static_cast<double>(name.size());
    };
    if (auto const* const p = find(d, "injection")) mark(p->started_s, "failure injected");
    if (auto const* const p = find(d, "detection")) mark(p->started_s + p->duration_s, "detected");
    if (auto const* const p = find(d, "execution")) {
        mark(p->started_s + p->duration_s, "rolled back");
    }
    return out;
}

std::string drill_chart(drill_outcome const& d)
{
    auto const bars = bars_of(d);
    if (bars.empty()) return {};
    auto const all = lay_out(d, bars);
    auto out = time_grid(all);
    if (!d.series.empty()) {
        out += latency_panel(all.latency, d) + requests_panel(all.requests, d);
    }
    auto y = all.phases.top;
    for (auto const& b : bars) {
        out += draw_bar(all.phases, b, y);
        y += row_height;
    }
    out += marks(all, d);
    return "<div class=\"card\"><h3 class=\"label\">Timeline</h3>"
           "<div class=\"plot\" tabindex=\"0\">" +
           markup::open_svg(all.phases, "Timeline of the drill") + out + "</svg></div></div>\n";
}

} // namespace watertight::reports::sections
