#include "harness/base/units.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string>

namespace watertight {

struct quantity {
    double number;
    std::string_view unit;
};

static std::optional<quantity> split_quantity(std::string_view text)
{
    quantity q{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), q.number);
    if (error != std::errc{} || !std::isfinite(q.number) || q.number < 0) return std::nullopt;
    q.unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (!q.unit.empty() && q.unit.front() == ' ') q.unit.remove_prefix(1);
    return q;
}

struct unit_name {
    std::string_view name;
    double factor;
};

static result<double>
scaled(std::string_view text, std::span<unit_name const> units, std::string_view expected)
{
    if (auto const q = split_quantity(text)) {
        for (auto const& unit : units) {
            if (unit.name == q->unit) return q->number * unit.factor;
        }
    }
    return failure{errc::malformed, fmt::format("\"{}\" is not {}", text, expected), {}};
}

result<std::chrono::nanoseconds> parse_duration(std::string_view text)
{
    static constexpr unit_name units[] = {
        {"ns", 1},
        {"us", 1e3},
        {"ms", 1e6},
        {"s", 1e9},
        {"m", 6e10},
        {"min", 6e10},
        {"h", 3.6e12},
        {"d", 8.64e13},
    };
    auto const ns = scaled(text, units, "a duration such as 250ms, 60s, 5m or 1h");
    if (ns.has_error()) return ns.error();
    if (*ns > 9e18) return failure{errc::malformed, fmt::format("\"{}\" is too long", text), {}};
    return std::chrono::nanoseconds{std::llround(*ns)};
}

result<double> parse_rate_per_s(std::string_view text)
{
    static constexpr unit_name units[] = {
        {"/s", 1},
        {"/m", 1.0 / 60},
        {"/min", 1.0 / 60},
        {"/h", 1.0 / 3600},
    };
    return scaled(text, units, "a rate such as 500/s or 30/m");
}

result<double> parse_share(std::string_view text)
{
    static constexpr unit_name units[] = {{"%", 0.01}, {"", 1}};
    auto const share = scaled(text, units, "a share such as 70% or 0.7");
    if (share.has_value() && *share > 1) {
        return failure{errc::malformed, fmt::format("\"{}\" is more than the whole", text), {}};
    }
    return share;
}

result<std::uint64_t> parse_bytes(std::string_view text)
{
    static constexpr unit_name units[] = {
        {"", 1},
        {"B", 1},
        {"KB", 1e3},
        {"MB", 1e6},
        {"GB", 1e9},
        {"TB", 1e12},
        {"KiB", 1024},
        {"MiB", 1048576},
        {"GiB", 1073741824},
    };
    auto const bytes = scaled(text, units, "a size such as 300, 4KB or 16MiB");
    if (bytes.has_error()) return bytes.error();
    if (*bytes > 9e18) return failure{errc::malformed, fmt::format("\"{}\" is too much", text), {}};
    return static_cast<std::uint64_t>(std::llround(*bytes));
}

} // namespace watertight
