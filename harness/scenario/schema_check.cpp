#include "harness/scenario/schema_check.hpp"

#include "harness/base/text.hpp"
#include "harness/scenario/sentences.hpp"

#include <boost/regex.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace watertight::scenario {

namespace {

using json = nlohmann::json;

std::optional<double> as_number(std::string_view text)
{
    double value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool has_type(node const& n, std::string_view type)
{
    if (n.is_unset) return type != "object" && type != "array";
    if (type == "object") return n.type == node::kind::map;
    if (type == "array") return n.type == node::kind::list;
    if (!n.is_scalar()) return false;
    // What stands in a variable is text to whoever sets it: it is whatever it can be read as.
    if (type == "string") return n.type == node::kind::text || n.is_interpolated;
    if (type == "boolean") {
        return n.type == node::kind::boolean ||
               (n.is_interpolated && (n.text == "true" || n.text == "false"));
    }
    if (type == "integer") {
        if (n.type == node::kind::integer) return true;
        auto const value = n.is_interpolated ? as_number(n.text) : std::nullopt;
        return value && *value == static_cast<double>(static_cast<std::int64_t>(*value));
    }
    if (type == "number") {
        return n.type == node::kind::integer || n.type == node::kind::number ||
               (n.is_interpolated && as_number(n.text));
    }
    return type == "null" && n.type == node::kind::null;
}

class checker {
public:
    checker(json const& schema, problem_list& out) : schema_{schema}, problems_{out} {}

    void check(node& n, json const& rule)
    {
        auto const& s = resolve(rule);
        if (s.contains("allOf")) {
            for (auto const& part : s.at("allOf")) check(n, part);
        }
        if (n.is_bad || !check_type(n, s)) return;
        if (s.contains("anyOf")) check_branches(n, s);
        if (n.type == node::kind::map) {
            check_map(n, s);
        } else if (n.type == node::kind::list) {
            check_list(n, s);
        } else if (!n.is_unset) {
            check_scalar(n, s);
        }
    }

private:
    json const& resolve(json const& rule) const
    {
        auto const* s = &rule;
        while (s->contains("$ref")) {
            s = &schema_.at(json::json_pointer{s->at("$ref").get<std::string>().substr(1)});
        }
        return *s;
    }

    /// The value is of no use.
    void fault(node& n, std::string what)
    {
        problems_.add(n, std::move(what));
        n.is_bad = true;
    }

    /// Something is wrong with a map or a list as a whole; what is in it is checked all the same.
    void complain(node const& n, std::string what) { problems_.add(n, std::move(what)); }

    bool fits(node const& n, json const& rule) const
    {
        auto const& s = resolve(rule);
        if (s.contains("type")) {
            auto const& type = s.at("type");
            if (type.is_string()) return has_type(n, type.get<std::string>());
            return std::ranges::any_of(type, [&](json const& one) {
                return has_type(n, one.get<std::string>());
            });
        }
        if (s.contains("anyOf") && !only_required(s.at("anyOf"))) {
            return std::ranges::any_of(s.at("anyOf"), [&](json const& one) {
                return fits(n, one);
            });
        }
        return n.is_scalar() || !(s.contains("enum") || s.contains("const"));
    }

    /// `anyOf: [{required: [a]}, {required: [b]}]` speaks of keys, not of kinds of value.
    static bool only_required(json const& branches)
    {
        return std::ranges::all_of(branches, [](json const& b) {
            return b.size() == 1 && b.contains("required");
        });
    }

    std::string expected(json const& rule) const
    {
        auto const& s = resolve(rule);
        if (s.contains("title")) return s.at("title").get<std::string>();
        if (s.contains("enum")) return alternatives(texts_of(s.at("enum")));
        if (s.contains("type")) {
            auto const& type = s.at("type");
            if (type.is_string()) return type_in_words(type.get<std::string>());
            std::vector<std::string> words;
            for (auto const& one : type) words.push_back(type_in_words(one.get<std::string>()));
            return join(words, " or ");
        }
        return "something else";
    }

    bool check_type(node& n, json const& s)
    {
        if (fits(n, s)) return true;
        auto what = is_not(n, expected(s));
        auto quoted = n;
        quoted.type = node::kind::text;
        auto const plain =
            n.is_scalar() && n.type != node::kind::null && n.type != node::kind::text;
        if (plain && fits(quoted, s) && !is_misshapen(quoted, s))
            what += fmt::format("; in quotes, \"{}\" is a text", n.text);
        fault(n, std::move(what));
        return false;
    }

    void check_branches(node& n, json const& s)
    {
        auto const& branches = s.at("anyOf");
        if (only_required(branches)) {
            auto const names = required_names(branches);
            if (std::ranges::none_of(names, [&](auto const& k) { return has_key(n, k); })) {
                complain(n, lacks_all(n, names));
            }
            return;
        }
        json const* chosen = nullptr;
        for (auto const& branch : branches) {
            auto const& b = resolve(branch);
            if (!fits(n, b)) continue;
            // The first that asks for no key stands for what has none of them.
            if (chosen == nullptr || chosen->contains("required")) chosen = &b;
            if (!is_named(n, b)) continue;
            chosen = &b;
            break;
        }
        if (chosen != nullptr) check(n, *chosen);
    }

    /// Whether the keys are there that tell this branch from the others.
    static bool is_named(node const& n, json const& branch)
    {
        auto const has = [&](std::string const& key) { return has_key(n, key); };
        if (branch.contains("required")) {
            return std::ranges::all_of(branch.at("required"), has);
        }
        if (!branch.contains("oneOf")) return false;
        return std::ranges::any_of(required_names(branch.at("oneOf")), has);
    }

    static bool has_key(node const& n, std::string_view key)
    {
        return std::ranges::find(n.members, key, &member::key) != n.members.end();
    }

    static std::vector<std::string> required_names(json const& branches)
    {
        std::vector<std::string> out;
        for (auto const& b : branches) out.push_back(b.at("required").at(0).get<std::string>());
        return out;
    }

    static std::vector<std::string> texts_of(json const& values)
    {
        std::vector<std::string> out;
        for (auto const& v : values) out.push_back(v.is_string() ? v.get<std::string>() : v.dump());
        return out;
    }

    void check_map(node& n, json const& s)
    {
        if (s.contains("minProperties") &&
            n.members.size() < s.at("minProperties").get<std::size_t>()) {
            complain(
                n,
                fmt::format("{} is empty, but at least one entry was expected", dotted(n.pointer))
            );
        }
        for (auto& m : n.members) check_member(n, m, s);
        for (auto const& key : s.value("required", json::array())) {
            if (!has_key(n, key.get<std::string>())) complain(n, lacks(n, key.get<std::string>()));
        }
        if (s.contains("oneOf")) check_one_of(n, required_names(s.at("oneOf")));
        if (s.contains("not")) check_not_together(n, s.at("not").at("anyOf"));
        if (s.contains("dependencies")) check_dependencies(n, s.at("dependencies"));
    }

    void check_one_of(node const& n, std::vector<std::string> const& names)
    {
        std::vector<std::string> present;
        for (auto const& name : names) {
            if (has_key(n, name)) present.push_back(name);
        }
        if (present.empty()) complain(n, lacks_all(n, names));
        if (present.size() > 1) {
            complain(
                n,
                fmt::format(
                    "{} has {}, but only one of them can be given",
                    dotted(n.pointer),
                    listed(present, "and")
                )
            );
        }
    }

    /// `not: {anyOf: [{required: [a, b]}]}`: keys that exclude each other.
    void check_not_together(node const& n, json const& branches)
    {
        for (auto const& b : branches) {
            std::vector<std::string> names;
            for (auto const& key : b.at("required")) names.push_back(key.get<std::string>());
            if (std::ranges::all_of(names, [&](auto const& k) { return has_key(n, k); })) {
                complain(
                    n,
                    fmt::format(
                        "{} has {}, but only one of them can be given",
                        dotted(n.pointer),
                        listed(names, "and")
                    )
                );
            }
        }
    }

    void check_dependencies(node const& n, json const& rules)
    {
        for (auto const& [key, needed] : rules.items()) {
            if (!has_key(n, key)) continue;
            for (auto const& other : needed) {
                if (has_key(n, other.get<std::string>())) continue;
                complain(
                    n,
                    fmt::format(
                        "{} has {} without {}; both belong together",
                        dotted(n.pointer),
                        key,
                        other.get<std::string>()
                    )
                );
            }
        }
    }

    void check_member(node const& parent, member& m, json const& s)
    {
        if (s.contains("propertyNames")) {
            auto const& names = resolve(s.at("propertyNames"));
            if (!boost::regex_search(m.key, pattern(names.at("pattern").get<std::string>()))) {
                m.value.is_bad = true;
                problems_.add(
                    m.line,
                    m.column,
                    m.value.pointer,
                    fmt::format(
                        "\"{}\" cannot be a key of {}: {} was expected",
                        m.key,
                        dotted(parent.pointer),
                        names.at("title").get<std::string>()
                    )
                );
                return;
            }
        }
        if (s.contains("properties") && s.at("properties").contains(m.key)) {
            check(m.value, s.at("properties").at(m.key));
            return;
        }
        if (!s.contains("additionalProperties")) return;
        auto const& others = s.at("additionalProperties");
        if (others.is_object()) {
            check(m.value, others);
        } else if (!others.get<bool>()) {
            unknown_key(parent, m, s);
        }
    }

    void unknown_key(node const& parent, member& m, json const& s)
    {
        std::vector<std::string> known;
        for (auto const& [key, value] : s.at("properties").items()) known.push_back(key);
        m.value.is_bad = true;
        problems_.add(
            m.line,
            m.column,
            m.value.pointer,
            not_a_key(parent.pointer, m.value.pointer, m.key, known)
        );
    }

    void check_list(node& n, json const& s)
    {
        if (s.contains("minItems") && n.items.size() < s.at("minItems").get<std::size_t>()) {
            complain(
                n,
                fmt::format("{} is empty, but at least one entry was expected", dotted(n.pointer))
            );
        }
        if (!s.contains("items")) return;
        for (auto& item : n.items) check(item, s.at("items"));
    }

    void check_scalar(node& n, json const& s)
    {
        if (s.contains("enum")) {
            auto const known = texts_of(s.at("enum"));
            if (std::ranges::find(known, n.text) == known.end()) {
                fault(n, not_among(n, known));
            }
            return;
        }
        if (s.contains("const") && s.at("const").dump() != n.text) {
            fault(n, is_not(n, s.at("const").dump()));
        } else if (is_out_of_range(n, s)) {
            fault(n, is_not(n, range_in_words(s)));
        } else if (is_misshapen(n, s)) {
            fault(n, is_not(n, expected(s)));
        }
    }

    static bool is_out_of_range(node const& n, json const& s)
    {
        if (n.type == node::kind::text && !n.is_interpolated) return false;
        auto const value = as_number(n.text);
        if (!value) return false;
        return (s.contains("minimum") && *value < s.at("minimum").get<double>()) ||
               (s.contains("maximum") && *value > s.at("maximum").get<double>()) ||
               (s.contains("exclusiveMinimum") && *value <= s.at("exclusiveMinimum").get<double>());
    }

    bool is_misshapen(node const& n, json const& s)
    {
        if (s.contains("minLength") && n.text.size() < s.at("minLength").get<std::size_t>())
            return true;
        if (!s.contains("pattern")) return false;
        // A pattern speaks of texts only; a number beside it has been checked by its range.
        auto const takes_numbers = s.at("type").is_array();
        auto const is_numeric =
            n.type != node::kind::text || (n.is_interpolated && as_number(n.text));
        if (takes_numbers && is_numeric) return false;
        return !boost::regex_search(n.text, pattern(s.at("pattern").get<std::string>()));
    }

    boost::regex const& pattern(std::string const& text)
    {
        auto const found = patterns_.find(text);
        if (found != patterns_.end()) return found->second;
        return patterns_.emplace(text, boost::regex{text}).first->second;
    }

    json const& schema_;
    problem_list& problems_;
    std::map<std::string, boost::regex> patterns_;
};

} // namespace

void check_schema(node& root, json const& schema, problem_list& out)
{
    checker{schema, out}.check(root, schema);
}

json const& parsed_schema()
{
    static auto const parsed = json::parse(schema());
    return parsed;
}

} // namespace watertight::scenario
