#include "harness/drill/extrapolate.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace watertight::drill {

struct line {
    double at_zero = 0;
    double slope = 0;
    double mean_x = 0;
    /// Sum of squared distances of the sizes from their mean.
    double spread = 0;
};

static line fit(std::vector<std::pair<double, double>> const& points)
{
    line out;
    double mean_y = 0;
    auto const n = static_cast<double>(points.size());
    for (auto const& [x, y] : points) {
        out.mean_x += x / n;
        mean_y += y / n;
    }
    double together = 0;
    for (auto const& [x, y] : points) {
        out.spread += (x - out.mean_x) * (x - out.mean_x);
        together += (x - out.mean_x) * (y - mean_y);
    }
    out.slope = out.spread > 0 ? together / out.spread : 0;
    out.at_zero = mean_y - out.slope * out.mean_x;
    return out;
}

// Student's t for 95 % on both sides, by degrees of freedom.
static double students_t(std::size_t freedom)
{
    static constexpr std::array table{12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23};
    if (freedom == 0) return table[0];
    return freedom <= table.size() ? table[freedom - 1] : 2.0;
}

continued continue_to(std::vector<timed_size> const& measured, double size)
{
    std::vector<std::pair<double, double>> points;
    std::vector<std::pair<double, double>> logs;
    for (auto const& m : measured) {
        points.emplace_back(m.size, m.seconds);
        logs.emplace_back(std::log(m.size), std::log(std::max(m.seconds, 1e-6)));
    }
    auto const l = fit(points);
    double squares = 0;
    for (auto const& [x, y] : points) {
        auto const off = y - (l.at_zero + l.slope * x);
        squares += off * off;
    }
    auto const n = points.size();
    auto const freedom = n > 2 ? n - 2 : std::size_t{1};
    continued out;
    out.size = size;
    out.seconds = std::max(0.0, l.at_zero + l.slope * size);
    out.error = std::sqrt(squares / static_cast<double>(freedom));
    auto const away = l.spread > 0 ? (size - l.mean_x) * (size - l.mean_x) / l.spread : 0;
    auto const half = students_t(freedom) * out.error *
                      std::sqrt(1 + 1 / static_cast<double>(std::max<std::size_t>(n, 1)) + away);
    out.low = std::max(0.0, out.seconds - half);
    out.high = out.seconds + half;
    out.power = fit(logs).slope;
    return out;
}

std::string
describe(std::string const& what, std::vector<timed_size> const& measured, continued const& c)
{
    std::vector<std::string> texts;
    for (auto const& m : measured)
        texts.push_back(fmt::format("{:.0f}: {:.3g} s", m.size, m.seconds));
    return fmt::format(
        "an extrapolation, not a measurement: with {:.0f} rows {} would take {:.3g} s (95 % "
        "prediction interval {:.3g} to {:.3g} s), from {} by a straight line with a standard error "
        "of {:.2g} s; the time grows with the size to the power of {:.2g}",
        c.size,
        what,
        c.seconds,
        c.low,
        c.high,
        join(texts, ", "),
        c.error,
        c.power
    );
}

} // namespace watertight::drill
