#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"
#include "harness/draft/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

// One request as a scenario has it.
namespace watertight::draft {

namespace {

constexpr std::size_t one_line_max = 92;

/// Fields of a form, those of objects within it as "address[city]".
std::vector<std::pair<std::string, std::string>>
form_pairs(json_value const& v, std::string const& key)
{
    std::vector<std::pair<std::string, std::string>> out;
    auto const add = [&](json_value const& member, std::string const& name) {
        auto inner = form_pairs(member, name);
        std::ranges::move(inner, std::back_inserter(out));
    };
    if (v.is_object()) {
        for (auto const& [name, member] : v.items()) {
            add(member, key.empty() ? name : fmt::format("{}[{}]", key, name));
        }
    } else if (v.is_array()) {
        for (std::size_t i = 0; i < v.size(); ++i) add(v[i], fmt::format("{}[{}]", key, i));
    } else {
        out.emplace_back(key, v.is_string() ? v.get<std::string>() : v.dump());
    }
    return out;
}

void write_form(json_value& entries, drafted_body const& b)
{
    entries["form"] = json_value::object();
    for (auto const& [name, value] : form_pairs(b.value, "")) entries["form"][name] = value;
}

void write_body(json_value& entries, planned_request const& r)
{
    if (!r.body) return;
    auto const& b = *r.body;
    switch (b.form) {
    case body_form::json:
        entries["body"] = b.value;
        break;
    case body_form::raw:
        entries["raw"] = b.value;
        break;
    case body_form::form:
        return write_form(entries, b);
    case body_form::multipart:
        for (auto const& [name, value] : form_pairs(b.value, "")) {
            auto part = json_value{{"name", name}, {"content", value}};
            if (value.starts_with("Content of")) part["file"] = "{canary}.txt";
            entries["multipart"].push_back(std::move(part));
        }
        if (!entries.contains("multipart")) entries["body"] = json_value::object();
        break;
    }
    if (!b.type.empty()) entries["type"] = b.type;
}

} // namespace

void write_request(yaml_lines& to, int indent, planned_request const& r)
{
    for (auto const& b : r.blanks) to.blank(indent, fmt::format("{}: {}", r.role, b));
    auto entries = json_value::object();
    entries[to_lower(r.from->method)] = r.path;
    if (!r.as.empty()) entries["as"] = r.as;
    for (auto const& [name, value] : r.headers) entries["headers"][name] = value;
    write_body(entries, r);
    for (auto const& [name, where] : r.captures) entries["capture"][name] = where;
    if (r.items) entries["items"] = *r.items;
    for (auto const& [name, values] : r.parameters) {
        auto& all = entries["parameters"][name];
        all = values;
        if (values.size() == 1) all = values.front();
    }
    if (r.poll) {
        entries["poll"]["pointer"] = r.poll->at;
        for (auto const& end : r.poll->ends) entries["poll"]["until"].push_back(end);
    }
    auto const flow = yaml_flow(entries);
    if (flow.size() + static_cast<std::size_t>(indent) + r.role.size() <= one_line_max) {
        to.line(indent, r.role, flow);
        return;
    }
    to.line(indent, r.role, "");
    for (auto const& [key, value] : entries.items()) to.value(indent + 2, key, value);
}

} // namespace watertight::draft
