#include "harness/target/fields.hpp"

#include "harness/base/form.hpp"
#include "harness/base/text.hpp"
#include "harness/target/multipart.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace watertight::target {

using nlohmann::ordered_json;
using pairs = std::vector<std::pair<std::string, std::string>>;

static constexpr std::string_view names_file = "; filename";
static constexpr std::size_t depth_max = 8;

bool takes_fields(body_kind kind)
{
    return kind == body_kind::json || kind == body_kind::form || kind == body_kind::multipart;
}

// "a[b][c]" is a, b and c, "a[b][]" a and b[]; whatever is not put together like that is one name.
static std::vector<std::string> path_of(std::string_view name)
{
    std::vector<std::string> const whole{std::string{name}};
    auto const is_list = name.ends_with("[]");
    auto rest = is_list ? name.substr(0, name.size() - 2) : name;
    auto const open = rest.find('[');
    if (open == 0 || open == rest.npos || !rest.ends_with(']')) return whole;
    std::vector<std::string> out{std::string{rest.substr(0, open)}};
    rest = rest.substr(open);
    while (!rest.empty()) {
        auto const close = rest.find(']');
        if (!rest.starts_with('[') || close == rest.npos || close == 1) return whole;
        auto const inner = rest.substr(1, close - 1);
        if (inner.find('[') != inner.npos || out.size() == depth_max) return whole;
        out.emplace_back(inner);
        rest = rest.substr(close + 1);
    }
    if (is_list) out.back() += "[]";
    return out;
}

static void add(ordered_json& fields, std::string_view name, std::string value)
{
    auto* at = &fields;
    for (auto const& step : path_of(name)) {
        // A field that is a value and has fields of its own is told by its whole name.
        if (!at->is_object() && !at->is_null()) {
            fields[name] = std::move(value);
            return;
        }
        at = &(*at)[step];
    }
    if (at->is_null()) {
        *at = std::move(value);
    } else if (at->is_array()) {
        at->push_back(std::move(value));
    } else if (at->is_string()) {
        *at = ordered_json::array({*at, std::move(value)});
    }
}

static pairs read_form(std::string_view bytes)
{
    pairs out;
    if (bytes.empty()) return out;
    for (auto const pair : split(bytes, '&')) {
        auto const equals = std::min(pair.find('='), pair.size());
        auto const value = pair.substr(std::min(equals + 1, pair.size()));
        out.emplace_back(form_decode(pair.substr(0, equals)), form_decode(value));
    }
    return out;
}

std::string fields_of(body_kind kind, std::string_view bytes)
{
    auto fields = ordered_json::object();
    if (kind == body_kind::form) {
        for (auto& [name, value] : read_form(bytes)) add(fields, name, std::move(value));
    } else if (kind == body_kind::multipart) {
        for (auto& part : read_multipart(bytes)) {
            add(fields, part.name, std::move(part.content));
            if (part.file_name) fields[part.name + std::string{names_file}] = *part.file_name;
        }
    } else {
        return std::string{bytes};
    }
    // Files may hold what is no text; it is replaced, for JSON takes none.
    return fields.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

static std::string within(std::string const& name, std::string_view step)
{
    if (name.empty()) return std::string{step};
    auto const is_list = step.ends_with("[]");
    auto const plain = is_list ? step.substr(0, step.size() - 2) : step;
    return fmt::format("{}[{}]{}", name, plain, is_list ? "[]" : "");
}

static void flatten(ordered_json const& value, std::string const& name, pairs& out)
{
    if (value.is_object()) {
        for (auto const& [step, inner] : value.items()) flatten(inner, within(name, step), out);
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            auto const& one = value[i];
            flatten(one, one.is_structured() ? within(name, fmt::to_string(i)) : name, out);
        }
    } else if (value.is_null()) {
        out.emplace_back(name, "");
    } else {
        out.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
}

static rendered_body write_form(operation const& op, pairs const& fields)
{
    auto const type = op.content_type.empty() ? default_content_type(op.body) : op.content_type;
    rendered_body out{type, {}};
    for (auto const& [name, value] : fields) {
        if (!out.bytes.empty()) out.bytes += '&';
        out.bytes += url_encode(name) + "=" + url_encode(value);
    }
    return out;
}

static std::vector<form_part> parts_of(operation const& op, ordered_json const& whole)
{
    pairs fields;
    flatten(whole, "", fields);
    std::vector<form_part> out;
    for (auto& [name, value] : fields) {
        if (name.ends_with(names_file)) continue;
        form_part part{name, {}, {}, std::move(value)};
        auto const given = std::ranges::find(op.parts, name, &body_part::name);
        if (given != op.parts.end()) part.content_type = given->content_type;
        auto const file_name = whole.find(name + std::string{names_file});
        if (file_name != whole.end() && file_name->is_string()) {
            part.file_name = file_name->get<std::string>();
        }
        out.push_back(std::move(part));
    }
    return out;
}

result<rendered_body> with_fields(operation const& op, std::string_view json)
{
    auto const whole = ordered_json::parse(json, nullptr, false);
    if (!whole.is_object()) return rendered_body{op.content_type, std::string{json}};
    if (op.body == body_kind::multipart) return write_multipart(parts_of(op, whole), op.name);
    pairs fields;
    flatten(whole, "", fields);
    return write_form(op, fields);
}

} // namespace watertight::target
