#include "harness/base/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace watertight {

std::string rfc3339(wall::time_point t)
{
    auto const whole = std::chrono::floor<std::chrono::seconds>(t);
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(t - whole).count();
    auto const utc = fmt::gmtime(wall::to_time_t(whole));
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc, ms);
}

// Three significant digits; a value that they would round up to the next unit belongs to that unit.
std::string human(std::chrono::nanoseconds d)
{
    if (d < 0ns) return "-" + human(-d);
    auto const s = seconds(d);
    if (s < 0.9995e-3) return fmt::format("{:.0f} us", s * 1e6);
    if (s < 0.9995) return fmt::format("{:.3g} ms", s * 1e3);
    if (s < 59.95) return fmt::format("{:.3g} s", s);
    auto const whole = std::chrono::round<std::chrono::seconds>(d).count();
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

} // namespace watertight
