#include "harness/verdict/dimension.hpp"

#include "harness/verdict/lexer.hpp"

#include <fmt/format.h>

#include <utility>

namespace watertight::verdict {

std::string_view name_of(dimension d)
{
    switch (d) {
    case dimension::bare:
        return "a number without a unit";
    case dimension::count:
        return "a count";
    case dimension::share:
        return "a share";
    case dimension::time:
        return "a duration";
    case dimension::rate:
        return "a rate";
    case dimension::bytes:
        return "a size";
    case dimension::truth:
        return "a comparison";
    }
    return "a value";
}

dimension dimension_of(unit u)
{
    switch (u) {
    case unit::count:
    case unit::flag:
        return dimension::count;
    case unit::share:
    case unit::percent:
        return dimension::share;
    case unit::microseconds:
    case unit::seconds:
        return dimension::time;
    case unit::per_second:
        return dimension::rate;
    case unit::bytes:
        return dimension::bytes;
    }
    return dimension::bare;
}

double divisor_of(unit u)
{
    if (u == unit::microseconds) return 1e6;
    return u == unit::percent ? 100 : 1;
}

void fail_at(expression const& e, std::string message)
{
    throw at_column(e.begin, std::move(message));
}

expression combine(expression::kind what, dimension in, expression a, expression b)
{
    expression e{.what = what, .in = in, .begin = a.begin, .end = b.end};
    e.in_percent = a.in_percent || b.in_percent;
    e.parts.push_back(std::move(a));
    e.parts.push_back(std::move(b));
    return e;
}

static dimension adopt(expression& bare, expression const& other)
{
    bool const literal = bare.what == expression::kind::number;
    if (other.in == dimension::share && other.in_percent) {
        expression hundred{
            .what = expression::kind::number,
            .in = dimension::bare,
            .begin = bare.end,
            .end = bare.end};
        hundred.value = 100;
        auto const begin = bare.begin;
        auto const end = bare.end;
        bare = combine(
            expression::kind::divide, dimension::share, std::move(bare), std::move(hundred)
        );
        bare.begin = begin;
        bare.end = end;
    } else if (literal && bare.value != 0) {
        if (other.in == dimension::share && bare.value > 1) {
            fail_at(bare, fmt::format("a share lies between 0 and 1; write {}%?", bare.value));
        }
        if (other.in == dimension::time) {
            fail_at(
                bare,
                fmt::format("a duration needs a unit; write {}ms or {}s?", bare.value, bare.value)
            );
        }
        if (other.in == dimension::rate) {
            fail_at(bare, fmt::format("a rate needs a unit; write {}/s?", bare.value));
        }
    }
    bare.in = other.in;
    return other.in;
}

dimension agree(expression& a, expression& b, std::string_view verb)
{
    if (a.in == b.in) return a.in;
    if (a.in == dimension::bare) return adopt(a, b);
    if (b.in == dimension::bare) return adopt(b, a);
    fail_at(b, fmt::format("{} cannot be {} {}", name_of(b.in), verb, name_of(a.in)));
}

dimension of_product(expression const& a, expression const& b)
{
    auto const scales = [](dimension d) { return d == dimension::bare || d == dimension::share; };
    if (scales(a.in) && scales(b.in)) {
        return a.in == b.in ? a.in : dimension::share;
    }
    if (scales(a.in)) return b.in;
    if (scales(b.in)) return a.in;
    if (a.in == dimension::count) return b.in;
    if (b.in == dimension::count) return a.in;
    if ((a.in == dimension::rate && b.in == dimension::time) ||
        (a.in == dimension::time && b.in == dimension::rate))
    {
        return dimension::count;
    }
    fail_at(b, fmt::format("{} cannot be multiplied by {}", name_of(a.in), name_of(b.in)));
}

dimension of_quotient(expression const& a, expression const& b)
{
    if (a.in == b.in) return dimension::bare;
    if (b.in == dimension::bare || b.in == dimension::share || b.in == dimension::count) {
        return a.in;
    }
    if (a.in == dimension::count || a.in == dimension::bare) {
        if (b.in == dimension::time) return dimension::rate;
        if (b.in == dimension::rate) return dimension::time;
    }
    fail_at(b, fmt::format("{} cannot be divided by {}", name_of(a.in), name_of(b.in)));
}

} // namespace watertight::verdict
