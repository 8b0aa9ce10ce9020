#include "reports/html/plot.hpp"

#include "reports/html/markup.hpp"

#include <fmt/format.h>

#include <cmath>

namespace watertight::reports::markup {

double step_for(double most)
{
    if (most <= 0) return 1;
    auto const rough = most / 4;
    auto const power = std::pow(10, std::floor(std::log10(rough)));
    for (double const times : {1.0, 2.0, 5.0}) {
        if (power * times >= rough) return power * times;
    }
    return power * 10;
}

std::string polyline(frame const& f, std::vector<point> const& points, std::string_view css)
{
    std::string path;
    for (auto const& p : points) path += fmt::format("{:.1f},{:.1f} ", f.x(p.x), f.y(p.y));
    return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", css, path);
}

std::string text_at(label const& at, std::string_view text)
{
    return fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n",
        at.x,
        at.y,
        at.anchor,
        at.css,
        esc(text)
    );
}

std::string pane(frame const& f, std::string_view shapes)
{
    return fmt::format(
        "<svg class=\"pane\" x=\"{0:.0f}\" y=\"0\" width=\"{1:.0f}\" height=\"{2:.0f}\" "
        "viewBox=\"{0:.0f} 0 {1:.0f} {2:.0f}\" preserveAspectRatio=\"none\">\n{3}</svg>\n",
        f.left,
        f.width,
        f.top + f.height,
        shapes
    );
}

std::string open_svg(frame const& f, std::string_view title, bool over_time)
{
    auto const scale = over_time ? fmt::format(
                                       " class=\"time\" data-frame=\"{:.0f} {:.0f} {:.3f} {:.3f}\"",
                                       f.left,
                                       f.width,
                                       f.x_min,
                                       f.x_max
                                   )
                                 : std::string{};
    return fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\"{}><title>{}</title>\n",
        f.left + f.width + 24,
        f.top + f.height + 28,
        esc(title),
        scale,
        esc(title)
    );
}

} // namespace watertight::reports::markup
