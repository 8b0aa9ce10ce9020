#include "harness/scenario/sentences.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::scenario {

std::string type_in_words(std::string_view type)
{
    if (type == "string") return "a text";
    if (type == "integer") return "a whole number";
    if (type == "number") return "a number";
    if (type == "boolean") return "true or false";
    if (type == "object") return "a mapping";
    return type == "array" ? "a list" : "nothing";
}

std::string range_in_words(nlohmann::json const& schema)
{
    if (schema.contains("title")) return schema.at("title").get<std::string>();
    if (schema.contains("minimum") && schema.contains("maximum")) {
        return fmt::format(
            "a number from {} to {}", schema.at("minimum").dump(), schema.at("maximum").dump()
        );
    }
    if (schema.contains("minimum")) return "at least " + schema.at("minimum").dump();
    auto const above = "a number above " + schema.at("exclusiveMinimum").dump();
    return schema.contains("maximum") ? above + " and up to " + schema.at("maximum").dump() : above;
}

std::string listed(std::span<std::string const> names, std::string_view last)
{
    if (names.empty()) return "nothing";
    if (names.size() == 1) return names.front();
    return fmt::format(
        "{} {} {}", fmt::join(names.first(names.size() - 1), ", "), last, names.back()
    );
}

std::string alternatives(std::span<std::string const> names)
{
    return names.size() == 1 ? names.front() : fmt::format("one of {}", fmt::join(names, ", "));
}

/// Long texts are cut where a character ends.
static std::string shortened(std::string_view text)
{
    constexpr std::size_t shown_max = 60;
    if (text.size() <= shown_max) return std::string{text};
    auto end = shown_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string{text.substr(0, end)} + "...";
}

std::string found(node const& n)
{
    switch (n.type) {
    case node::kind::map:
        return "a mapping";
    case node::kind::list:
        return "a list";
    case node::kind::null:
        return "empty";
    default:
        break;
    }
    if (n.is_interpolated) return "a value from a variable";
    if (n.type == node::kind::text) return fmt::format("the text \"{}\"", shortened(n.text));
    return n.type == node::kind::boolean ? n.text : "the number " + n.text;
}

std::string is_not(node const& n, std::string_view expected)
{
    auto out = fmt::format("{} is {}, but {} was expected", dotted(n.pointer), found(n), expected);
    // {id} without quotes is a mapping with an empty member.
    if (n.type == node::kind::map && n.members.size() == 1 &&
        n.members[0].value.type == node::kind::null)
    {
        out += fmt::format(
            "; a text that begins with a brace needs quotes: \"{{{}}}\"", n.members[0].key
        );
    }
    return out;
}

std::string lacks(node const& n, std::string_view key)
{
    return fmt::format("{} lacks {}, which is required", dotted(n.pointer), key);
}

std::string lacks_all(node const& n, std::span<std::string const> keys)
{
    return fmt::format("{} needs one of {}", dotted(n.pointer), listed(keys, "or"));
}

std::string suggestion(std::string_view name, std::vector<std::string> const& known)
{
    if (auto const near = nearest(name, known)) return fmt::format("; did you mean {}?", *near);
    constexpr std::size_t shown_max = 16;
    if (known.empty() || known.size() > shown_max) return {};
    return fmt::format("; known: {}", fmt::join(known, ", "));
}

std::string not_a_key(
    std::string_view parent_pointer,
    std::string_view pointer,
    std::string_view key,
    std::vector<std::string> const& known
)
{
    return fmt::format(
        "{} is not a key of {}{}", dotted(pointer), dotted(parent_pointer), suggestion(key, known)
    );
}

std::string not_among(node const& n, std::vector<std::string> const& known)
{
    auto out = is_not(n, alternatives(known));
    if (n.type != node::kind::text || n.is_interpolated) return out;
    if (auto const near = nearest(n.text, known)) out += fmt::format("; did you mean {}?", *near);
    return out;
}

} // namespace watertight::scenario
