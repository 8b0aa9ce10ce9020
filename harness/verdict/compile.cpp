// From the text of a requirement to a tree whose units agree.

#include "harness/base/text.hpp"
#include "harness/verdict/dimension.hpp"
#include "harness/verdict/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace watertight::verdict {

static constexpr int depth_max = 64;

static std::vector<std::string> const* known_parts(metric_part part, metric_names const& names)
{
    switch (part) {
    case metric_part::operation:
        return &names.operations;
    case metric_part::probe:
        return &names.probes;
    case metric_part::drill_phase:
        return &names.drill_phases;
    case metric_part::traffic_phase:
        return &names.traffic_phases;
    case metric_part::process:
        return &names.processes;
    case metric_part::experiment:
        return &names.experiments;
    default:
        return nullptr;
    }
}

// Every metric name that could have been meant by `wrong`: exact names, patterns filled with what
// the scenario knows, and patterns filled with what stands in the wrong name at that place.
static std::vector<std::string> candidates(std::string_view wrong, metric_names const& names)
{
    std::vector<std::string> all;
    for (auto const& m : metric_catalogue()) {
        auto const star = m.name.find('*');
        if (star == m.name.npos) {
            all.push_back(m.name);
            continue;
        }
        auto const head = m.name.substr(0, star);
        auto const tail = m.name.substr(star + 1);
        auto const* const parts = known_parts(m.part, names);
        if (parts != nullptr && !parts->empty()) {
            for (auto const& p : *parts) {
                if (!p.empty()) all.push_back(head + p + tail);
            }
            continue;
        }
        auto const dot = wrong.rfind('.');
        if (wrong.starts_with(head) && dot != wrong.npos && dot > star && !tail.empty()) {
            all.push_back(head + std::string{wrong.substr(star, dot - star)} + tail);
        }
    }
    return all;
}

// Whether what stands for `*` is something that the scenario has.
static bool is_filled(metric_spec const& spec, std::string_view name, metric_names const& names)
{
    auto const star = spec.name.find('*');
    auto const* const parts = known_parts(spec.part, names);
    if (star == spec.name.npos || parts == nullptr || parts->empty()) return true;
    auto const part = name.substr(star, name.size() - (spec.name.size() - 1));
    return std::ranges::find(*parts, part) != parts->end();
}

namespace {

// Recursive descent: or, and, comparison, sum, product, primary. Every function leaves `at_` behind
// what it read. The first error ends it, as an exception that compile() turns into a value.
class parser {
public:
    parser(std::vector<token> tokens, metric_names const& names)
        : tokens_{std::move(tokens)}, names_{names}
    {
    }

    expression whole()
    {
        auto e = disjunction();
        if (now().what != token::kind::end) {
            fail(now(), "expected a comparison, 'and', 'or' or the end, found " + shown(now()));
        }
        must_be_truth(e);
        return e;
    }

private:
    token const& now() const { return tokens_[at_]; }

    static std::string shown(token const& t)
    {
        return t.what == token::kind::end ? "the end" : "'" + t.text + "'";
    }

    [[noreturn]] static void fail(token const& t, std::string message)
    {
        throw at_column(t.begin, std::move(message));
    }

    bool accept(token::kind what, std::string_view text)
    {
        if (now().what != what || now().text != text) return false;
        ++at_;
        return true;
    }

    static void must_be_truth(expression const& e)
    {
        if (e.in == dimension::truth) return;
        throw at_column(
            e.end,
            fmt::format(
                "expected a comparison such as < or ==, as {} alone decides nothing", name_of(e.in)
            )
        );
    }

    static void must_be_value(expression const& e)
    {
        if (e.in == dimension::truth) fail_at(e, "a comparison is no value; join them with 'and'");
    }

    expression disjunction()
    {
        auto left = conjunction();
        while (accept(token::kind::word, "or")) {
            auto right = conjunction();
            must_be_truth(left);
            must_be_truth(right);
            left = combine(
                expression::kind::either, dimension::truth, std::move(left), std::move(right)
            );
        }
        return left;
    }

    expression conjunction()
    {
        auto left = compared();
        while (accept(token::kind::word, "and")) {
            auto right = compared();
            must_be_truth(left);
            must_be_truth(right);
            left = combine(
                expression::kind::both, dimension::truth, std::move(left), std::move(right)
            );
        }
        return left;
    }

    std::optional<comparison> accept_comparison()
    {
        static constexpr std::array<std::pair<std::string_view, comparison>, 6> known{{
            {"==", comparison::equal},
            {"!=", comparison::unequal},
            {"<", comparison::less},
            {"<=", comparison::less_or_equal},
            {">", comparison::greater},
            {">=", comparison::greater_or_equal},
        }};
        for (auto const& [text, op] : known) {
            if (accept(token::kind::symbol, text)) return op;
        }
        return std::nullopt;
    }

    expression compared()
    {
        auto left = sum();
        auto const op = accept_comparison();
        if (!op) return left;
        auto right = sum();
        if (accept_comparison()) {
            --at_;
            fail(now(), "expected 'and' between comparisons, found " + shown(now()));
        }
        must_be_value(left);
        must_be_value(right);
        agree(left, right, "compared with");
        auto e =
            combine(expression::kind::compare, dimension::truth, std::move(left), std::move(right));
        e.op = *op;
        if (is_constant(e)) fail_at(e, "expected a metric on one side of the comparison");
        return e;
    }

    expression sum()
    {
        auto left = product();
        while (true) {
            bool const plus = accept(token::kind::symbol, "+");
            if (!plus && !accept(token::kind::symbol, "-")) return left;
            auto right = product();
            must_be_value(left);
            must_be_value(right);
            auto const in = agree(left, right, plus ? "added to" : "subtracted from");
            auto const what = plus ? expression::kind::add : expression::kind::subtract;
            left = combine(what, in, std::move(left), std::move(right));
        }
    }

    expression product()
    {
        auto left = primary();
        while (true) {
            bool const times = accept(token::kind::symbol, "*");
            if (!times && !accept(token::kind::symbol, "/")) return left;
            auto right = primary();
            must_be_value(left);
            must_be_value(right);
            auto const in = times ? of_product(left, right) : of_quotient(left, right);
            auto const what = times ? expression::kind::multiply : expression::kind::divide;
            bool const percent = left.in_percent && in == dimension::share;
            left = combine(what, in, std::move(left), std::move(right));
            left.in_percent = percent || (left.in_percent && in == dimension::share);
        }
    }

    expression primary()
    {
        auto const& t = now();
        bool const is_negative = t.what == token::kind::symbol && t.text == "-" &&
                                 tokens_[at_ + 1].what == token::kind::number;
        if (is_negative) {
            ++at_;
            auto e = primary();
            e.begin = t.begin;
            e.value = -e.value;
            return e;
        }
        if (t.what == token::kind::number) {
            ++at_;
            expression e{
                .what = expression::kind::number, .in = t.in, .begin = t.begin, .end = t.end};
            e.value = t.value;
            return e;
        }
        if (t.what == token::kind::name) return metric();
        if (accept(token::kind::symbol, "(")) return enclosed(t);
        fail(t, "expected a metric or a number, found " + shown(t));
    }

    expression enclosed(token const& open)
    {
        if (++depth_ > depth_max) fail(open, "more than 64 parentheses inside one another");
        auto e = disjunction();
        if (now().what != token::kind::symbol || now().text != ")") {
            fail(
                now(),
                fmt::format(
                    "expected ')' for the '(' at column {}, found {}", open.begin + 1, shown(now())
                )
            );
        }
        e.begin = open.begin;
        e.end = now().end;
        ++at_;
        --depth_;
        return e;
    }

    expression metric()
    {
        auto const& t = now();
        refuse_hidden_minus(t);
        auto const* const spec = find_metric(t.text);
        auto const bare_name = std::string_view{t.text}.substr(
            t.text.starts_with("baseline.") ? std::string_view{"baseline."}.size() : 0
        );
        if (spec == nullptr || !is_filled(*spec, bare_name, names_)) unknown(t, bare_name);
        ++at_;
        expression e{
            .what = expression::kind::metric,
            .in = dimension_of(spec->in),
            .begin = t.begin,
            .end = t.end};
        e.name = t.text;
        e.per = divisor_of(spec->in);
        e.in_percent = spec->in == unit::percent;
        return e;
    }

    // "latency.p95-latency.p50" reads as an operation named "p95-latency", which nobody means.
    static void refuse_hidden_minus(token const& t)
    {
        std::string_view const text = t.text;
        for (auto at = text.find('-'); at != text.npos; at = text.find('-', at + 1)) {
            bool const is_minus = find_metric(text.substr(0, at)) != nullptr &&
                                  find_metric(text.substr(at + 1)) != nullptr;
            if (is_minus) fail(t, fmt::format("'{}': a minus sign needs spaces around it", text));
        }
    }

    [[noreturn]] void unknown(token const& t, std::string_view bare_name)
    {
        auto message = fmt::format("'{}' is no metric", t.text);
        auto const prefix = t.text.substr(0, t.text.size() - bare_name.size());
        if (auto const near = nearest(bare_name, candidates(bare_name, names_))) {
            message += fmt::format("; did you mean '{}{}'?", prefix, *near);
        } else {
            message += "; `watertight validate --metrics` lists them";
        }
        fail(t, std::move(message));
    }

    std::vector<token> tokens_;
    metric_names const& names_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

} // namespace

result<requirement> requirement::compile(std::string_view text, metric_names const& names)
{
    auto tokens = tokenise(text);
    if (!tokens) return tokens.error();
    try {
        auto root = std::make_shared<node>();
        root->tree = parser{std::move(*tokens), names}.whole();
        return requirement{std::string{text}, std::move(root)};
    } catch (failure const& f) {
        return f;
    }
}

} // namespace watertight::verdict
