#include "harness/base/clock.hpp"
#include "harness/verdict/expression.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace watertight::verdict {

static std::string grouped(double whole)
{
    auto digits = fmt::format("{:.0f}", std::abs(whole));
    for (auto at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return whole < 0 ? "-" + digits : digits;
}

static std::string plain(double value)
{
    bool const whole = std::abs(value) < 1e15 && value == std::floor(value);
    return whole ? grouped(value) : fmt::format("{:.5g}", value);
}

// 0.9999996 must not read as 100%: a share that is not whole keeps the digits that say so.
static std::string percentage(double share)
{
    auto const pct = share * 100;
    for (int digits = 5; digits < 15; ++digits) {
        auto text = fmt::format("{:.{}g}", pct, digits);
        bool const hides = (text == "100" && share != 1) || (text == "0" && share != 0);
        if (!hides) return text + "%";
    }
    return fmt::format("{}%", pct);
}

static std::string duration(double seconds)
{
    auto const size = std::abs(seconds);
    if (size == 0) return "0 s";
    if (size < 1e-3) return fmt::format("{:.4g} us", seconds * 1e6);
    if (size < 1) return fmt::format("{:.4g} ms", seconds * 1e3);
    if (size < 60) return fmt::format("{:.4g} s", seconds);
    if (size < 3600) {
        auto const minutes = std::floor(size / 60);
        auto const rest = size - minutes * 60;
        auto const sign = seconds < 0 ? "-" : "";
        if (rest == 0) return fmt::format("{}{:.0f} min", sign, minutes);
        return fmt::format("{}{:.0f} min {:.3g} s", sign, minutes, rest);
    }
    return fmt::format("{:.4g} h", seconds / 3600);
}

static std::string size_text(double bytes)
{
    static constexpr std::array<std::pair<double, char const*>, 3> scales{
        {{1073741824, "GiB"}, {1048576, "MiB"}, {1024, "KiB"}}};
    for (auto const& [scale, name] : scales) {
        if (std::abs(bytes) >= scale) return fmt::format("{:.4g} {}", bytes / scale, name);
    }
    return fmt::format("{:.0f} B", bytes);
}

std::string format_dimension(double value, dimension in)
{
    switch (in) {
    case dimension::share:
        return percentage(value);
    case dimension::time:
        return duration(value);
    case dimension::rate:
        return plain(value) + "/s";
    case dimension::bytes:
        return size_text(value);
    default:
        return plain(value);
    }
}

std::string format_value(double value, unit in)
{
    switch (in) {
    case unit::microseconds:
        return duration(value / 1e6);
    case unit::seconds:
        return duration(value);
    case unit::share:
        return percentage(value);
    case unit::percent:
        return percentage(value / 100);
    case unit::per_second:
        return plain(value) + "/s";
    case unit::bytes:
        return size_text(value);
    case unit::flag:
        return value == 0 ? "no" : "yes";
    case unit::count:
        return plain(value);
    }
    return plain(value);
}

} // namespace watertight::verdict
