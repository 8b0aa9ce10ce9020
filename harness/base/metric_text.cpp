#include "harness/base/metric_text.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace watertight {

static std::string label_text(metric_labels const& labels)
{
    std::string out;
    for (auto const& [name, value] : labels) {
        auto text = replace_all(value, "\\", "\\\\");
        text = replace_all(replace_all(std::move(text), "\"", "\\\""), "\n", "\\n");
        out += fmt::format("{}{}=\"{}\"", out.empty() ? '{' : ',', name, text);
    }
    return out.empty() ? out : out + '}';
}

static std::string value_text(double value)
{
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string metric_sample(std::string_view name, metric_labels const& labels, double value)
{
    return fmt::format("{}{} {}\n", name, label_text(labels), value_text(value));
}

} // namespace watertight
