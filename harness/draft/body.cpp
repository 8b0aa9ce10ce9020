#include "harness/base/text.hpp"
#include "harness/draft/description.hpp"
#include "harness/draft/shape.hpp"
#include "harness/draft/words.hpp"
#include "harness/evidence/canary.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::draft {

namespace {

constexpr int body_depth_max = 6;
constexpr std::size_t body_fields_max = 200;
constexpr std::size_t padded_max = 2000;
/// Objects within the object that are looked into for a name, one below the other and altogether.
constexpr int name_levels_max = 3;
constexpr int searched_max = 300;
/// What an object is called, rather than what is said of it.
constexpr int clear_rank_max = 4;

bool is_id_field(std::string_view name)
{
    auto const plain = to_lower(name);
    return name.size() > 2 && (plain.ends_with("_id") || plain.ends_with("_uuid") ||
                               name.ends_with("Id") || name.ends_with("ID"));
}

/// "ids", "contact_ids": what a request for several asks by.
bool is_id_list(std::string_view name)
{
    auto const plain = plain_word(name);
    return plain == "ids" || (plain.ends_with("ids") && plain.size() > 3);
}

/// Names an owner of data rather than the object itself: "workspace", but not "workspace_name".
bool is_whose(std::string_view name)
{
    return owner_word_of(name).weight >= 1.5 && free_text_rank(name) < 0;
}

json_value scalar_of(node const& n)
{
    auto const value = json_of(n);
    // A slot is what a scenario makes of braces; a document means the text.
    return value.is_string() ? json_value(replace_all(value.get<std::string>(), "{", "{{")) : value;
}

/// Drafts one body: required fields, then one for the canary if none of them took it.
class body_drafter {
public:
    body_drafter(references& refs, drafted_body& out, int optional_depth)
        : refs_{refs}, out_{out}, optional_depth_{optional_depth}
    {
    }

    json_value object(shape const& s, node const* example, std::string const& at)
    {
        auto out = json_value::object();
        if (++depth_ <= body_depth_max) {
            auto const optional = depth_ <= optional_depth_ ? best_optional(s) : std::string{};
            for (auto const& [name, schema] : s.properties()) {
                auto const is_wanted =
                    s.requires_member(name) || name == optional || is_file(schema);
                if (!is_wanted || fields_++ > body_fields_max) continue;
                auto const* const given = example == nullptr ? nullptr : example->find(name);
                auto const where = at + "/" + replace_all(replace_all(name, "~", "~0"), "/", "~1");
                auto value = this->value(schema, name, given, where);
                if (value) out[name] = std::move(*value);
            }
        }
        --depth_;
        return out;
    }

    /// Nothing for what the server alone writes.
    std::optional<json_value>
    value(node const* from, std::string const& name, node const* example, std::string const& at)
    {
        shape const s{refs_, from};
        if (s.flag("readOnly")) return std::nullopt;
        if (example == nullptr) example = s.find("example");
        if (auto const* const only = s.find("const")) return scalar_of(*only);
        if (auto const* const choice = s.find("enum"); choice != nullptr && choice->is_list()) {
            auto const is_usable = [](node const& n) { return n.type != node::kind::null; };
            auto const first = std::ranges::find_if(choice->items, is_usable);
            if (first != choice->items.end()) return scalar_of(*first);
        }
        auto const type = s.type();
        if (type == "object") return object(s, example, at);
        if (type == "array") return list(s, name, example, at);
        if (type == "boolean")
            return given(s, example, node::kind::boolean).value_or(json_value(false));
        if (type == "integer" || type == "number") return number(s, name, example, at, type);
        return text(s, name, example, at);
    }

private:
    /// What an upload is for, required or not.
    bool is_file(node const* schema)
    {
        shape const field{refs_, schema};
        return depth_ == 1 && field.type() == "string" && field.text("format") == "binary" &&
               !field.flag("readOnly");
    }

    /// The field that a canary fits into best, if no required one does.
    std::string best_optional(shape const& s)
    {
        std::string best;
        int best_rank = 1000;
        for (auto const& [name, schema] : s.properties()) {
            shape const field{refs_, schema};
            auto const rank = takes_canary(field, name) ? free_text_rank(name) : -1;
            if (rank < 0) continue;
            if (s.requires_member(name)) return {};
            if (rank < best_rank) std::tie(best, best_rank) = std::pair{name, rank};
        }
        auto const is_on_the_way = depth_ == 1 || depth_ < optional_depth_;
        return best.empty() && is_on_the_way ? best_within(s) : best;
    }

    /// Levels from `s` down to the nearest object that has a clear name; nothing: none that near.
    std::optional<int> levels_to_name(shape const& s, int left)
    {
        if (++searched_ > searched_max) return std::nullopt;
        auto const is_name = [&](auto const& property) {
            auto const& [name, schema] = property;
            auto const rank = free_text_rank(name);
            auto const is_clear = rank >= 0 && rank <= clear_rank_max;
            return is_clear && takes_canary(shape{refs_, schema}, name);
        };
        if (std::ranges::any_of(s.properties(), is_name)) return 0;
        std::optional<int> best;
        for (auto const& [name, schema] : s.properties()) {
            shape const field{refs_, schema};
            if (left == 0 || field.type() != "object" || field.flag("readOnly")) continue;
            auto const below = levels_to_name(field, left - 1);
            if (below && (!best || *below + 1 < *best)) best = *below + 1;
        }
        return best;
    }

    /// An object of the object's that has a name, itself or one below: "metadata", "attributes".
    std::string best_within(shape const& s)
    {
        std::string best;
        int best_levels = name_levels_max;
        for (auto const& [name, schema] : s.properties()) {
            shape const field{refs_, schema};
            if (field.type() != "object" || field.flag("readOnly")) continue;
            auto const levels = levels_to_name(field, best_levels - 1);
            if (levels) std::tie(best, best_levels) = std::pair{name, *levels};
            if (best_levels == 0) break;
        }
        if (!best.empty()) optional_depth_ = depth_ + 1 + best_levels;
        return best;
    }

    static bool takes_canary(shape const& s, std::string_view name)
    {
        auto const plain_text = s.type() == "string" && s.text("format").empty();
        return plain_text && s.find("enum") == nullptr && s.find("pattern") == nullptr &&
               !s.flag("readOnly") && !is_secret_field(name) && !is_coded_field(name) &&
               !is_whose(name) &&
               s.number("maxLength", 1e9) >= static_cast<double>(evidence::canary_length);
    }

    static std::optional<json_value> given(shape const& s, node const* example, node::kind wanted)
    {
        for (auto const* const n : {example, s.find("default")}) {
            if (n != nullptr && n->type == wanted) return scalar_of(*n);
        }
        return std::nullopt;
    }

    void blank(std::string const& at, std::string what, std::string refers_to = {})
    {
        out_.blanks.push_back({at, std::move(what), std::move(refers_to)});
    }

    json_value number(
        shape const& s,
        std::string const& name,
        node const* example,
        std::string const& at,
        std::string const& type
    )
    {
        if (is_id_field(name)) blank(at, fmt::format("the id that {} means", name), name);
        if (auto const value = given(s, example, node::kind::number)) return *value;
        // What a document asks for need not fit into an integer.
        static constexpr double largest = 1e15;
        auto const asked = s.number("minimum", 1);
        auto const least = asked >= -largest && asked <= largest ? asked : 1;
        return type == "integer" ? json_value(static_cast<std::int64_t>(least)) : json_value(least);
    }

    json_value
    list(shape const& s, std::string const& name, node const* example, std::string const& at)
    {
        auto out = json_value::array();
        auto const* const items = s.find("items");
        if (is_id_list(name)) {
            auto const type = shape{refs_, items}.type();
            out_.id_lists.emplace_back(at, type == "integer" || type == "number");
        }
        auto const wanted = s.number("minItems", 0) > 0 || is_text_list(items, name);
        if (items == nullptr || !wanted) return out;
        auto const* const first =
            example != nullptr && example->is_list() && !example->items.empty()
                ? &example->items.front()
                : nullptr;
        ++depth_;
        auto item = depth_ <= body_depth_max ? value(items, name, first, at + "/0") : std::nullopt;
        --depth_;
        if (item) out.push_back(std::move(*item));
        return out;
    }

    bool is_text_list(node const* items, std::string_view name) const
    {
        if (items == nullptr || out_.has_canary) return false;
        shape const s{refs_, items};
        return takes_canary(s, name) && free_text_rank(singular_of(name)) >= 0;
    }

    json_value
    text(shape const& s, std::string const& name, node const* example, std::string const& at)
    {
        auto format = s.text("format");
        // What JSON Schema has in the place of `format: binary`.
        if (format.empty() && !s.text("contentMediaType").empty()) format = "binary";
        if (is_secret_field(name) || format == "password") {
            out_.secrets.push_back(name);
            return "Wt9!{run}-{serial}";
        }
        if (auto value = formatted(format, name)) return *value;
        if (is_id_field(name)) {
            blank(at, fmt::format("the id that {} means", name), name);
            return given(s, example, node::kind::text).value_or(json_value(""));
        }
        if (is_whose(name)) {
            blank(at, fmt::format("the {} that is meant", name), name);
            return "";
        }
        if (takes_canary(s, name)) {
            out_.has_canary = true;
            auto const least = s.number("minLength", 0);
            auto const missing = least - static_cast<double>(evidence::canary_length);
            if (missing <= 0 || missing > padded_max) return "{canary}";
            return fmt::format("{{canary}}{{padding.{:.0f}}}", missing);
        }
        if (auto value = given(s, example, node::kind::text)) return *value;
        if (is_coded_field(name)) {
            blank(at, fmt::format("a {} that the server knows", name));
            return "";
        }
        auto const pattern = s.text("pattern");
        if (!pattern.empty()) blank(at, fmt::format("a text that matches {}", pattern));
        if (pattern.empty()) return "{serial}";
        return "";
    }

    std::optional<json_value> formatted(std::string const& format, std::string_view name)
    {
        static constexpr std::pair<std::string_view, std::string_view> samples[] = {
            {"date-time", "2030-01-31T09:00:00Z"},
            {"date", "2030-01-31"},
            {"time", "09:00:00Z"},
            {"uuid", "00000000-0000-4000-8000-000000000000"},
            {"ipv4", "192.0.2.1"},
            {"ipv6", "2001:db8::1"},
            {"byte", "d2F0ZXJ0aWdodA=="},
        };
        auto const plain = plain_word(name);
        auto const is_mail = format == "email" || plain.ends_with("email");
        auto const is_called_url = format.empty() && (plain.ends_with("url") || plain == "uri");
        auto const is_link =
            format == "uri" || format == "url" || format == "hostname" || is_called_url;
        if (is_mail || is_link || format == "binary") out_.has_canary = true;
        if (is_mail) return "{canary}@example.com";
        if (format == "uri" || format == "url" || is_called_url)
            return "https://example.com/{canary}";
        if (format == "hostname") return "{canary}.example.com";
        if (format == "binary") return "Content of {canary}";
        for (auto const& [known, sample] : samples) {
            if (format == known) return std::string{sample};
        }
        return std::nullopt;
    }

    references& refs_;
    drafted_body& out_;
    int depth_ = 0;
    /// Down to where a field is taken that is not required.
    int optional_depth_;
    int searched_ = 0;
    std::size_t fields_ = 0;
};

/// The text of an example that a canary replaces: the likeliest name, the nearest to the top.
struct example_field {
    json_value* at = nullptr;
    int rank = 1000;
};

void find_text(
    json_value& value, std::string_view name, int depth, example_field& best, drafted_body& b
)
{
    if (value.is_object()) {
        // All that "credentials" holds is secret, whatever it is called.
        auto const within = is_secret_field(name);
        for (auto& [key, member] : value.items()) {
            find_text(member, within ? name : std::string_view{key}, depth + 1, best, b);
        }
    } else if (value.is_array()) {
        for (auto& item : value) find_text(item, name, depth + 1, best, b);
    } else if (is_secret_field(name) && (value.is_string() || value.is_number())) {
        b.secrets.emplace_back(name);
        value = "Wt9!{run}-{serial}";
    } else if (value.is_string()) {
        value = replace_all(value.get<std::string>(), "{", "{{");
        auto const rank = free_text_rank(name);
        if (rank >= 0 && rank + 50 * depth < best.rank) best = {&value, rank + 50 * depth};
    }
}

} // namespace

drafted_body body_of_schema(references& refs, node const* schema, node const* example)
{
    shape const s{refs, schema};
    if (example == nullptr) example = s.find("example");
    auto const draft = [&](int optional_depth) {
        drafted_body made;
        body_drafter drafter{refs, made, optional_depth};
        made.value = drafter.value(schema, "", example, "").value_or(json_value::object());
        return made;
    };
    auto out = draft(1);
    // In envelopes that are required the one text may be optional, whatever it is called.
    if (!out.has_canary && s.type() == "object") {
        if (auto deeper = draft(body_depth_max); deeper.has_canary) out = std::move(deeper);
    }
    for (auto const& [name, unused] : s.properties()) out.fields.push_back(name);
    if (s.is_empty() && example != nullptr) return body_of_example(json_of(*example));
    return out;
}

drafted_body body_of_example(json_value example)
{
    drafted_body out;
    example_field best;
    if (example.is_object()) {
        for (auto const& [name, unused] : example.items()) out.fields.push_back(name);
    }
    find_text(example, "", 0, best, out);
    if (best.at != nullptr) *best.at = "{canary}";
    out.has_canary = best.at != nullptr;
    out.value = std::move(example);
    return out;
}

json_value json_of(node const& n)
{
    switch (n.type) {
    case node::kind::map: {
        auto out = json_value::object();
        for (auto const& m : n.members) out[m.key] = json_of(m.value);
        return out;
    }
    case node::kind::list: {
        auto out = json_value::array();
        for (auto const& item : n.items) out.push_back(json_of(item));
        return out;
    }
    case node::kind::null:
        return nullptr;
    case node::kind::boolean:
        return n.text == "true";
    case node::kind::number: {
        auto value = json_value::parse(n.text, nullptr, false);
        return value.is_number() ? value : json_value(n.text);
    }
    case node::kind::text:
        break;
    }
    return n.text;
}

} // namespace watertight::draft
