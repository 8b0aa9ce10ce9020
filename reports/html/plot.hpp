#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::reports::markup {

/// The area inside a chart's axes, in SVG units, and what its upper corner stands for.
struct frame {
    double left = 62;
    double top = 14;
    double width = 800;
    double height = 180;
    double x_max = 1;
    double y_max = 1;
    /// Where the x axis begins.
    double x_min = 0;

    double x(double value) const { return left + (value - x_min) / (x_max - x_min) * width; }
    double y(double value) const { return top + height - value / y_max * height; }
};

/// 1, 2 or 5 times a power of ten, so that 3 to 6 steps reach `most`.
double step_for(double most);

/// A polyline through (x, y) pairs in the frame's values.
struct point {
    double x = 0;
    double y = 0;
};
std::string polyline(frame const& f, std::vector<point> const& points, std::string_view css);

/// `anchor` is start, middle or end. `text` is escaped here.
struct label {
    double x = 0;
    double y = 0;
    std::string_view anchor = "start";
    std::string_view css = "";
};
std::string text_at(label const& at, std::string_view text);

/// What stands on the x axis' scale, clipped to the frame: the script zooms into it. Texts stay
/// outside, as `at` for those that move along.
std::string pane(frame const& f, std::string_view shapes);

/// Opens an <svg> of the frame's size and margins, with a title for those who cannot see it.
/// One over time tells the script its frame: left, width, x_min and x_max.
std::string open_svg(frame const& f, std::string_view title, bool over_time = false);

} // namespace watertight::reports::markup
