#include "harness/base/text.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/scenario/schema_check.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

// scenarios/schema.json as a page to read: a section for each key of a scenario, then one for each
// kind of mapping that stands in several places.
namespace watertight::scenario {

namespace {

using schema_json = nlohmann::json;

constexpr std::string_view definitions_prefix = "#/definitions/";

std::string text_in(schema_json const& s, char const* key)
{
    auto const found = s.find(key);
    return found == s.end() || !found->is_string() ? std::string{} : found->get<std::string>();
}

/// A cell of a table: on one line, no bars.
std::string cell(std::string text)
{
    return replace_all(replace_all(std::move(text), "|", "\\|"), "\n", " ");
}

std::string code(std::string_view text)
{
    return fmt::format("`{}`", text);
}

class page_writer {
public:
    explicit page_writer(schema_json const& root) : root_{root} {}

    std::string write()
    {
        out_ += "# Keys of a scenario\n\n"
                "Written by `watertight schema --markdown` from `schema.json`; edit that. "
                "`README.md` beside it says how the parts go together.\n\n"
                "A key in **bold** must be there.\n\n## The scenario\n\n";
        table(root_);
        for (auto const& [name, section] : root_.at("properties").items()) {
            auto const& inner = mapping_of(section);
            if (!inner.contains("properties") || is_named(section)) continue;
            out_ += fmt::format("## {}\n\n{}\n\n", name, text_in(section, "description"));
            table(inner);
        }
        // Each kind once, in the order in which it is met.
        for (std::size_t i = 0; i < kinds_.size(); ++i) {
            auto const name = kinds_[i];
            auto const& kind = root_.at("definitions").at(name);
            out_ += fmt::format("## {}\n\n{}\n\n", name, text_in(kind, "description"));
            table(kind);
        }
        while (out_.ends_with("\n\n")) out_.pop_back();
        return std::move(out_);
    }

private:
    static bool is_reference(schema_json const& s) { return s.contains("$ref"); }

    std::string name_of(schema_json const& s) const
    {
        return text_in(s, "$ref").substr(definitions_prefix.size());
    }

    schema_json const& target_of(schema_json const& s) const
    {
        return root_.at("definitions").at(name_of(s));
    }

    /// Whether it is a mapping that has a section of its own under its kind's name.
    bool is_named(schema_json const& s) const
    {
        return is_reference(s) && target_of(s).contains("properties");
    }

    /// The mapping whose keys a section lists: the section's own, or that of its entries.
    schema_json const& mapping_of(schema_json const& s) const
    {
        if (s.contains("properties")) return s;
        for (auto const* const key : {"additionalProperties", "items"}) {
            auto const inner = s.find(key);
            if (inner != s.end() && inner->is_object() && inner->contains("properties")) {
                return *inner;
            }
        }
        return s;
    }

    std::string link(std::string const& kind)
    {
        if (std::ranges::count(kinds_, kind) == 0) kinds_.push_back(kind);
        return fmt::format("[{0}](#{0})", kind);
    }

    std::string alternatives_in_words(schema_json const& list)
    {
        std::vector<std::string> parts;
        for (auto const& one : list) {
            auto words = type_in_words(one);
            if (std::ranges::count(parts, words) == 0) parts.push_back(std::move(words));
        }
        return join(parts, " or ");
    }

    std::string type_in_words(schema_json const& s)
    {
        if (is_reference(s)) {
            auto const& target = target_of(s);
            return target.contains("properties") ? link(name_of(s)) : type_in_words(target);
        }
        if (auto const all = s.find("allOf"); all != s.end()) return type_in_words(all->front());
        if (s.contains("anyOf")) return alternatives_in_words(s.at("anyOf"));
        if (s.contains("enum")) {
            std::vector<std::string> values;
            for (auto const& value : s.at("enum")) values.push_back(code(value.get<std::string>()));
            return join(values, ", ");
        }
        if (s.contains("const")) return code(s.at("const").dump());
        auto const title = text_in(s, "title");
        if (!title.empty()) return title;
        return plain_type_in_words(s);
    }

    std::string plain_type_in_words(schema_json const& s)
    {
        auto const type = s.contains("type") && s.at("type").is_array()
                              ? s.at("type").front().get<std::string>()
                              : text_in(s, "type");
        if (type == "string") return "text";
        if (type == "boolean") return "`true` or `false`";
        if (type == "integer") return "whole number" + range_of(s);
        if (type == "number") return "number";
        if (type == "array") {
            return s.contains("items") ? "list of " + of_many(s.at("items")) : "list";
        }
        if (type != "object") return "any value";
        auto const more = s.find("additionalProperties");
        if (more != s.end() && more->is_object()) return "by name: " + of_many(*more);
        return s.contains("properties") ? "mapping" : "by name";
    }

    std::string of_many(schema_json const& s)
    {
        return s.contains("properties") ? "mappings" : type_in_words(s);
    }

    static std::string range_of(schema_json const& s)
    {
        if (s.contains("minimum") && s.contains("maximum")) {
            return fmt::format(
                ", {} to {}", s.at("minimum").get<long>(), s.at("maximum").get<long>()
            );
        }
        return s.contains("minimum") ? fmt::format(", from {}", s.at("minimum").get<long>()) : "";
    }

    std::string meaning_of(schema_json const& s) const
    {
        auto out = text_in(s, "description");
        if (out.empty() && is_reference(s)) out = text_in(target_of(s), "description");
        auto const examples = s.find("examples");
        if (examples != s.end() && !examples->empty()) {
            out += fmt::format(" Example: `{}`.", examples->front().dump());
        }
        return out;
    }

    void rows(schema_json const& mapping, std::string const& prefix)
    {
        auto const required = mapping.value("required", std::vector<std::string>{});
        for (auto const& [key, value] : mapping.at("properties").items()) {
            auto const name = prefix + key;
            auto const is_required = std::ranges::count(required, key) != 0;
            out_ += fmt::format(
                "| {} | {} | {} |\n",
                is_required ? fmt::format("**{}**", code(name)) : code(name),
                cell(type_in_words(value)),
                cell(meaning_of(value))
            );
            // A section of the scenario has its own table.
            auto const& inner = mapping_of(value);
            auto const is_section = &mapping == &root_;
            if (inner.contains("properties") && !is_section && !is_reference(value)) {
                rows(inner, name + (inner == value ? "." : "[]."));
            }
        }
    }

    void table(schema_json const& mapping)
    {
        if (!mapping.contains("properties")) return;
        out_ += "| key | is | means |\n|---|---|---|\n";
        rows(mapping, "");
        out_ += '\n';
    }

    schema_json const& root_;
    std::string out_;
    std::vector<std::string> kinds_;
};

} // namespace

std::string schema_page()
{
    return page_writer{parsed_schema()}.write();
}

} // namespace watertight::scenario
