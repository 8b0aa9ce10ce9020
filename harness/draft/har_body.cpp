#include "harness/draft/har_body.hpp"

#include "harness/base/form.hpp"
#include "harness/base/text.hpp"
#include "harness/draft/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace watertight::draft {

namespace {

/// Whether brackets, those in texts too, are nested deeper than anybody's data.
bool is_nested_too_deeply(std::string_view text)
{
    static constexpr int depth_max = 200;
    int depth = 0;
    for (auto const c : text) {
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        if (depth > depth_max) return true;
    }
    return false;
}

} // namespace

json_value recorded_json(node const* content)
{
    if (content == nullptr) return nullptr;
    auto text = content->text_of("text");
    if (content->text_of("encoding") == "base64") text = base64_decode(text).value_or("");
    if (is_nested_too_deeply(text)) return nullptr;
    auto parsed = json_value::parse(text, nullptr, false);
    return parsed.is_discarded() ? json_value(nullptr) : parsed;
}

namespace {

/// Keys, hashes and tokens whatever their field is called.
bool looks_secret(std::string_view text)
{
    auto const is_blank = [](char c) { return c == ' ' || c == '\n' || c == '{'; };
    return text.size() >= 16 && std::ranges::any_of(text, is_digit) &&
           std::ranges::none_of(text, is_blank);
}

/// What of a recorded body is somebody's own does not go into a scenario.
void forget_values(json_value& value, std::string const& at, drafted_body& out)
{
    if (value.is_object()) {
        for (auto& [key, member] : value.items()) {
            auto const name = replace_all(replace_all(key, "~", "~0"), "/", "~1");
            forget_values(member, at + "/" + name, out);
        }
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            forget_values(value[i], fmt::format("{}/{}", at, i), out);
        }
    } else if (value.is_string()) {
        auto const text = value.get<std::string>();
        if (text.find('@') != text.npos && text.find(' ') == text.npos) {
            value = "{run}-{serial}@example.com";
        } else if (looks_secret(text)) {
            value = "";
            out.blanks.push_back({at, "a value; the recorded one is not kept", {}});
        }
    }
}

json_value form_values(node const& data)
{
    auto out = json_value::object();
    if (auto const* const fields = data.find("params")) {
        for (auto const& f : fields->items) out[f.text_of("name")] = f.text_of("value");
    }
    auto const text = data.text_of("text");
    if (!out.empty() || text.empty()) return out;
    for (auto const pair : split(text, '&')) {
        auto const equals = std::min(pair.find('='), pair.size());
        auto const value = pair.substr(std::min(equals + 1, pair.size()));
        out[form_decode(pair.substr(0, equals))] = form_decode(value);
    }
    return out;
}

/// Fields of a form with files in it: as the recorder took them apart, else by their boundary.
json_value part_values(node const& data)
{
    auto out = json_value::object();
    if (auto const* const fields = data.find("params")) {
        for (auto const& f : fields->items) {
            auto const is_file = !f.text_of("fileName").empty();
            out[f.text_of("name")] = is_file ? "Content of {canary}" : f.text_of("value");
        }
    }
    auto const text = data.text_of("text");
    if (!out.empty() || !text.starts_with("--")) return out;
    auto const boundary = text.substr(0, text.find_first_of("\r\n"));
    static constexpr std::string_view empty_line = "\r\n\r\n";
    static constexpr std::string_view named = " name=\"";
    for (auto at = boundary.size(); at < text.size();) {
        auto const next = std::min(text.find("\r\n" + boundary, at), text.size());
        auto const part = text.substr(at, next - at);
        auto const body = part.find(empty_line);
        auto const name = part.find(named);
        at = next + 2 + boundary.size();
        if (body == part.npos || name == part.npos || name > body) continue;
        auto const from = name + named.size();
        auto const is_file = part.substr(0, body).find("filename=") != part.npos;
        auto const value = part.substr(body + empty_line.size());
        auto const key = part.substr(from, part.find('"', from) - from);
        out[key] = is_file ? "Content of {canary}" : value;
    }
    return out;
}

/// Where a body names an object that an earlier answer had told of, and by which field.
void find_ids(
    json_value const& value,
    std::string const& at,
    std::string const& name,
    std::set<std::string> const& told,
    std::map<std::string, std::string>& out
)
{
    // Shorter ones may be words.
    static constexpr std::size_t shortest = 6;
    if (value.is_object()) {
        for (auto const& [key, member] : value.items()) {
            auto const escaped = replace_all(replace_all(key, "~", "~0"), "/", "~1");
            find_ids(member, at + "/" + escaped, key, told, out);
        }
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            find_ids(value[i], fmt::format("{}/{}", at, i), singular_of(name), told, out);
        }
    } else if (value.is_string()) {
        auto const text = value.get<std::string>();
        if (text.size() >= shortest && told.contains(text)) out[at] = name;
    }
}

} // namespace

std::optional<drafted_body> recorded_body(node const& request, std::set<std::string> const& told)
{
    auto const* const data = request.find("postData");
    if (data == nullptr) return std::nullopt;
    auto const type = data->text_of("mimeType");
    auto const is_form = type.find("form-urlencoded") != type.npos;
    auto const has_parts = type.find("multipart/form-data") != type.npos;
    auto value = is_form     ? form_values(*data)
                 : has_parts ? part_values(*data)
                             : recorded_json(data);
    if (!value.is_object() && !value.is_array()) return std::nullopt;
    std::map<std::string, std::string> ids;
    find_ids(value, "", "", told, ids);
    // No canary is to take their place.
    for (auto const& [at, name] : ids) value[json_value::json_pointer{at}] = nullptr;
    auto out = body_of_example(std::move(value));
    out.form = is_form ? body_form::form : has_parts ? body_form::multipart : body_form::json;
    forget_values(out.value, "", out);
    auto const add_blank = [&](std::string const& at, std::string const& name) {
        auto const is_it = [&](body_blank const& b) { return b.at == at; };
        if (std::ranges::any_of(out.blanks, is_it)) return;
        out.blanks.push_back({at, "the id that " + name + " means", name});
    };
    for (auto const& [at, name] : ids) {
        out.value[json_value::json_pointer{at}] = "";
        add_blank(at, name);
    }
    for (auto const& name : out.fields) {
        auto const plain = plain_word(name);
        if (plain.size() > 2 && plain.ends_with("id")) add_blank("/" + name, name);
    }
    return out;
}

} // namespace watertight::draft
