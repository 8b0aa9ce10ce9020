#include "harness/verdict/criteria.hpp"

#include "harness/verdict/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace watertight::verdict {

using metric_values = std::map<std::string, double>;

bool is_constant(expression const& e)
{
    if (e.what == expression::kind::metric) return false;
    return std::ranges::all_of(e.parts, is_constant);
}

namespace {

// What is known of a part of the expression: a value, or the name of what it lacks.
struct known {
    std::optional<double> value;
    std::string missing;
};

} // namespace

static known calculate(expression const& e, metric_values const& metrics)
{
    if (e.what == expression::kind::number) return {e.value, {}};
    if (e.what == expression::kind::metric) {
        auto const at = metrics.find(e.name);
        if (at == metrics.end() || !std::isfinite(at->second)) return {std::nullopt, e.name};
        return {at->second / e.per, {}};
    }
    auto const a = calculate(e.parts[0], metrics);
    if (!a.value) return a;
    auto const b = calculate(e.parts[1], metrics);
    if (!b.value) return b;
    switch (e.what) {
    case expression::kind::add:
        return {*a.value + *b.value, {}};
    case expression::kind::subtract:
        return {*a.value - *b.value, {}};
    case expression::kind::multiply:
        return {*a.value * *b.value, {}};
    default:
        break;
    }
    if (*b.value == 0) return {std::nullopt, "a divisor that is not 0"};
    return {*a.value / *b.value, {}};
}

static bool holds(comparison op, double a, double b)
{
    switch (op) {
    case comparison::equal:
        return a == b;
    case comparison::unequal:
        return a != b;
    case comparison::less:
        return a < b;
    case comparison::less_or_equal:
        return a <= b;
    case comparison::greater:
        return a > b;
    case comparison::greater_or_equal:
        return a >= b;
    }
    return false;
}

static comparison mirrored(comparison op)
{
    switch (op) {
    case comparison::less:
        return comparison::greater;
    case comparison::less_or_equal:
        return comparison::greater_or_equal;
    case comparison::greater:
        return comparison::less;
    case comparison::greater_or_equal:
        return comparison::less_or_equal;
    default:
        return op;
    }
}

static std::string_view symbol(comparison op)
{
    static constexpr std::array<std::string_view, 6> words{"==", "!=", "<", "<=", ">", ">="};
    return words.at(static_cast<std::size_t>(op));
}

static std::optional<double> margin_of(comparison op, double measured, double limit)
{
    if (limit == 0 || op == comparison::equal || op == comparison::unequal) return std::nullopt;
    auto const above = (measured - limit) / std::abs(limit);
    bool const wants_more = op == comparison::greater || op == comparison::greater_or_equal;
    return wants_more ? above : -above;
}

static std::string_view source(std::string_view text, expression const& e)
{
    return text.substr(e.begin, e.end - e.begin);
}

static void collect_names(expression const& e, std::vector<std::string>& out)
{
    bool const is_new = std::ranges::find(out, e.name) == out.end();
    if (e.what == expression::kind::metric && is_new) out.push_back(e.name);
    for (auto const& part : e.parts) collect_names(part, out);
}

// The metrics' values with those that have an interval at its ends, in every combination.
static std::vector<metric_values>
extremes(expression const& e, metric_values const& metrics, metric_intervals const& intervals)
{
    std::vector<metric_values> out{metrics};
    std::vector<std::string> names;
    collect_names(e, names);
    for (auto const& name : names) {
        auto const at = intervals.find(name);
        if (at == intervals.end() || !metrics.contains(name)) continue;
        auto higher = out;
        for (auto& values : out) values[name] = at->second.first;
        for (auto& values : higher) values[name] = at->second.second;
        out.insert(out.end(), higher.begin(), higher.end());
    }
    return out;
}

namespace {

// A comparison, "turned" if need be so that what varies stands on the left.
struct sides {
    expression const& left;
    expression const& right;
    comparison op;
};

} // namespace

static void
decide(sides const& s, std::vector<metric_values> const& possible, requirement::answer& out)
{
    bool any = false;
    bool all = true;
    std::optional<double> worst;
    for (auto const& metrics : possible) {
        auto const a = calculate(s.left, metrics);
        auto const b = calculate(s.right, metrics);
        if (!a.value || !b.value) {
            out.missing = a.value ? b.missing : a.missing;
            return;
        }
        bool const held = holds(s.op, *a.value, *b.value);
        any = any || held;
        all = all && held;
        auto const margin = margin_of(s.op, *a.value, *b.value);
        if (!worst || (margin && *margin < *worst)) worst = margin;
    }
    if (any == all) out.met = all;
    out.margin = worst;
}

static std::string interval_in_words(
    expression const& e, metric_values const& metrics, metric_intervals const& intervals
)
{
    double low = 0;
    double high = 0;
    bool first = true;
    auto const possible = extremes(e, metrics, intervals);
    if (possible.size() < 2) return {};
    for (auto const& values : possible) {
        auto const at = calculate(e, values);
        if (!at.value) return {};
        low = first ? *at.value : std::min(low, *at.value);
        high = first ? *at.value : std::max(high, *at.value);
        first = false;
    }
    return fmt::format(
        " (95% interval {} to {})", format_dimension(low, e.in), format_dimension(high, e.in)
    );
}

static requirement::answer compare(
    expression const& e,
    std::string_view text,
    metric_values const& metrics,
    metric_intervals const& intervals
)
{
    // "500ms > latency.p95" is read as "latency.p95 < 500ms", so that `measured` is what varies.
    bool const turned = is_constant(e.parts[0]);
    auto const& left = e.parts[turned ? 1 : 0];
    auto const& right = e.parts[turned ? 0 : 1];
    auto const op = turned ? mirrored(e.op) : e.op;

    requirement::answer out;
    auto const a = calculate(left, metrics);
    auto const b = calculate(right, metrics);
    out.measured = std::string{source(text, left)};
    out.measured += a.value ? " = " + format_dimension(*a.value, left.in) : " has no value";
    out.measured += interval_in_words(left, metrics, intervals);
    out.limit = std::string{symbol(op)} + " ";
    if (is_constant(right) && b.value) {
        out.limit += format_dimension(*b.value, right.in);
    } else {
        auto const formula = std::string{source(text, right)};
        out.limit += b.value ? format_dimension(*b.value, right.in) + " = " + formula : formula;
    }
    decide({left, right, op}, extremes(e, metrics, intervals), out);
    if (!out.met && out.missing.empty()) out.open = std::string{source(text, e)};
    return out;
}

// The margin of what decided: of the sides that agree with the whole, the worst where both must
// hold, the best where one may. A side that decides without a margin leaves none.
static std::optional<double> deciding(
    requirement::answer const& a,
    requirement::answer const& b,
    requirement::answer const& whole,
    bool both
)
{
    bool const by_a = a.met == whole.met;
    bool const by_b = b.met == whole.met;
    bool const all_needed = both == whole.met.value_or(both);
    if (by_a && by_b && all_needed && (!a.margin || !b.margin)) {
        return a.margin ? a.margin : b.margin;
    }
    if ((by_a && !a.margin) || (by_b && !b.margin)) return std::nullopt;
    if (by_a && by_b) return both ? std::min(*a.margin, *b.margin) : std::max(*a.margin, *b.margin);
    return by_a ? a.margin : b.margin;
}

static requirement::answer evaluate_tree(
    expression const& e,
    std::string_view text,
    metric_values const& metrics,
    metric_intervals const& intervals
)
{
    if (e.what == expression::kind::compare) return compare(e, text, metrics, intervals);
    bool const both = e.what == expression::kind::both;
    auto a = evaluate_tree(e.parts[0], text, metrics, intervals);
    auto b = evaluate_tree(e.parts[1], text, metrics, intervals);

    requirement::answer out;
    // One side that is false decides `and`, one that is true decides `or`, whatever the other is.
    auto const decisive = [&](requirement::answer const& x) { return x.met && *x.met != both; };
    if (decisive(a) || decisive(b)) {
        out.met = !both;
    } else if (a.met && b.met) {
        out.met = both;
    }
    out.measured = a.measured == b.measured ? a.measured : a.measured + "; " + b.measured;
    out.limit = std::string{source(text, e)};
    if (out.met) out.margin = deciding(a, b, out, both);
    out.missing = a.missing.empty() ? b.missing : a.missing;
    out.open = a.open.empty() ? b.open : a.open;
    return out;
}

requirement::requirement(std::string text, std::shared_ptr<node const> root)
    : text_{std::move(text)}, root_{std::move(root)}
{
}

requirement::requirement(requirement const&) = default;
requirement::requirement(requirement&&) noexcept = default;
requirement& requirement::operator=(requirement const&) = default;
requirement& requirement::operator=(requirement&&) noexcept = default;
requirement::~requirement() = default;

requirement::answer requirement::evaluate(
    std::map<std::string, double> const& metrics, metric_intervals const& intervals
) const
{
    return evaluate_tree(root_->tree, text_, metrics, intervals);
}

std::vector<std::string> requirement::metrics_named() const
{
    std::vector<std::string> out;
    collect_names(root_->tree, out);
    return out;
}

std::string const& requirement::text() const noexcept
{
    return text_;
}

} // namespace watertight::verdict
