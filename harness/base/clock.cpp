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

std::optional<wall::time_point> parse_rfc3339(std::string_view text)
{
    static constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i) {
        bool const is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !is_digit : text[i] != form[i]) return std::nullopt;
    }
    auto const number = [&](std::size_t at, std::size_t digits) {
        int out = 0;
        for (auto const c : text.substr(at, digits)) out = out * 10 + (c - '0');
        return out;
    };
    std::chrono::year_month_day const day{
        std::chrono::year{number(0, 4)},
        std::chrono::month{static_cast<unsigned>(number(5, 2))},
        std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (!day.ok()) return std::nullopt;
    auto const time = std::chrono::hours{number(11, 2)} + std::chrono::minutes{number(14, 2)} +
                      std::chrono::seconds{number(17, 2)} +
                      std::chrono::milliseconds{number(20, 3)};
    return std::chrono::sys_days{day} + time;
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
