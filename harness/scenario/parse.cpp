#include "harness/base/text.hpp"
#include "harness/scenario/tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>

namespace watertight::scenario {

namespace {

// A scenario of 5,000 tenants' worth of text stays far below; aliases of aliases do not.
constexpr std::size_t nodes_max = 200'000;
constexpr std::size_t depth_max = 64;

class converter {
public:
    converter(std::string_view source, variables& v, problem_list& out)
        : lines_{split(source, '\n')}, variables_{v}, problems_{out}
    {
    }

    node convert(YAML::Node const& from, std::string pointer)
    {
        node out;
        out.pointer = std::move(pointer);
        out.line = from.Mark().line + 1;
        out.column = from.Mark().column + 1;
        if (!within_bounds(out)) return out;
        ++depth_;
        if (from.IsMap()) {
            map(from, out);
        } else if (from.IsSequence()) {
            list(from, out);
        } else if (from.IsScalar()) {
            scalar(from, out);
        }
        --depth_;
        return out;
    }

private:
    bool within_bounds(node& at)
    {
        if (++nodes_ <= nodes_max && depth_ < depth_max) return true;
        at.is_bad = true;
        if (!too_large_) {
            problems_.add(
                at,
                depth_ >= depth_max ? fmt::format("nested deeper than {} levels", depth_max)
                                    : fmt::format("the document has more than {} nodes", nodes_max)
            );
        }
        too_large_ = true;
        return false;
    }

    void list(YAML::Node const& from, node& out)
    {
        out.type = node::kind::list;
        for (auto const& item : from) {
            if (too_large_) return;
            out.items.push_back(convert(item, fmt::format("{}/{}", out.pointer, out.items.size())));
        }
    }

    void map(YAML::Node const& from, node& out)
    {
        out.type = node::kind::map;
        std::vector<YAML::Node> merged;
        for (auto const& entry : from) {
            if (too_large_) return;
            if (!entry.first.IsScalar()) {
                problems_.add(
                    entry.first.Mark().line + 1,
                    entry.first.Mark().column + 1,
                    out.pointer,
                    fmt::format("a key of {} is not a text", dotted(out.pointer))
                );
                continue;
            }
            if (entry.first.Scalar() == "<<" && entry.first.Tag() == "?") {
                merged.push_back(entry.second);
            } else {
                add_member(entry.first, entry.second, out);
            }
        }
        for (auto const& m : merged) merge(m, out);
    }

    void add_member(YAML::Node const& key, YAML::Node const& value, node& out)
    {
        auto const& name = key.Scalar();
        auto const line = key.Mark().line + 1;
        auto const column = key.Mark().column + 1;
        auto const first = std::ranges::find(out.members, name, &member::key);
        auto pointer =
            fmt::format("{}/{}", out.pointer, replace_all(replace_all(name, "~", "~0"), "/", "~1"));
        if (first != out.members.end()) {
            problems_.add(
                line,
                column,
                pointer,
                fmt::format("{} is given twice; first in line {}", dotted(pointer), first->line)
            );
            return;
        }
        out.members.push_back({name, line, column, convert(value, pointer)});
        auto& added = out.members.back().value;
        // An empty value has no place of its own.
        if (value.IsNull()) std::tie(added.line, added.column) = std::pair{line, column};
    }

    /// YAML's merge key: members that the map has itself win over those merged in.
    void merge(YAML::Node const& from, node& out)
    {
        if (from.IsSequence()) {
            for (auto const& one : from) merge(one, out);
            return;
        }
        if (!from.IsMap()) {
            problems_.add(
                from.Mark().line + 1,
                from.Mark().column + 1,
                out.pointer,
                "\"<<\" merges a mapping or a list of mappings"
            );
            return;
        }
        auto whole = convert(from, out.pointer);
        for (auto& m : whole.members) {
            if (std::ranges::find(out.members, m.key, &member::key) == out.members.end()) {
                out.members.push_back(std::move(m));
            }
        }
    }

    void scalar(YAML::Node const& from, node& out)
    {
        auto const& raw = from.Scalar();
        auto const quoted = from.Tag() != "?";
        locate_text(raw, out);
        auto replaced = interpolate(raw, variables_);
        out.text = std::move(replaced.text);
        out.template_source = std::move(replaced.template_source);
        out.is_interpolated = replaced.has_variables;
        out.is_unset = replaced.is_unset;
        out.type = quoted ? node::kind::text : plain_kind(out.text, out.is_interpolated);
        for (auto& [offset, what] : replaced.faults) {
            auto const column =
                out.text_column == 0 ? out.column : out.text_column + static_cast<int>(offset);
            problems_.add(out.line, column, out.pointer, std::move(what));
            out.is_bad = true;
        }
    }

    /// Text without escapes stands in its line as it is read; only then can columns be counted.
    void locate_text(std::string const& raw, node& out) const
    {
        auto const line = static_cast<std::size_t>(out.line) - 1;
        if (line >= lines_.size() || raw.empty()) return;
        auto const column = static_cast<std::size_t>(out.column) - 1;
        for (auto const begin : {column, column + 1}) {
            if (begin < lines_[line].size() && lines_[line].substr(begin).starts_with(raw)) {
                out.text_column = static_cast<int>(begin) + 1;
                return;
            }
        }
    }

    /// YAML 1.2's core schema, so that `on` and `no` are texts.
    static node::kind plain_kind(std::string_view text, bool is_interpolated)
    {
        if (text == "true" || text == "false") return node::kind::boolean;
        if (text.empty() || text == "null" || text == "~") {
            return is_interpolated ? node::kind::text : node::kind::null;
        }
        if (text.starts_with('+')) text.remove_prefix(1);
        if (!std::ranges::all_of(text, [](char c) {
                return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' ||
                       c == 'E';
            }))
        {
            return node::kind::text;
        }
        auto const whole = [text](auto value) {
            auto const [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), value);
            return error == std::errc{} && end == text.data() + text.size();
        };
        if (whole(std::int64_t{})) return node::kind::integer;
        return whole(double{}) ? node::kind::number : node::kind::text;
    }

    std::vector<std::string_view> lines_;
    variables& variables_;
    problem_list& problems_;
    std::size_t nodes_ = 0;
    std::size_t depth_ = 0;
    bool too_large_ = false;
};

node nothing()
{
    node out;
    out.is_bad = true;
    return out;
}

} // namespace

node parse(std::string_view yaml, variables& v, problem_list& out)
try {
    auto const documents = YAML::LoadAll(std::string{yaml});
    if (documents.empty() || documents.front().IsNull()) {
        out.add(1, 1, "", "the file is empty; a scenario begins with \"watertight: 1\"");
        return nothing();
    }
    if (documents.size() > 1) {
        auto const mark = documents[1].Mark();
        out.add(
            mark.line + 1,
            mark.column + 1,
            "",
            "a second document begins here; a scenario is one document"
        );
    }
    return converter{yaml, v, out}.convert(documents.front(), "");
} catch (YAML::Exception const& e) {
    auto const line = e.mark.is_null() ? 1 : e.mark.line + 1;
    auto const column = e.mark.is_null() ? 1 : e.mark.column + 1;
    out.add(line, column, "", fmt::format("this is not YAML: {}", e.msg));
    return nothing();
}

} // namespace watertight::scenario
