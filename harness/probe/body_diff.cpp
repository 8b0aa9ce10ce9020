#include "harness/probe/body_diff.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probe {

std::size_t count_of(std::string_view text, std::string_view part)
{
    std::size_t out = 0;
    if (part.empty()) return out;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++out;
    return out;
}

std::string_view attribute_of(std::string_view tag, std::string_view name)
{
    for (char const quote : {'"', '\''}) {
        auto const mark = fmt::format(" {}={}", name, quote);
        auto const at = tag.find(mark);
        if (at == tag.npos) continue;
        auto const begin = at + mark.size();
        auto const end = tag.find(quote, begin);
        if (end != tag.npos) return tag.substr(begin, end - begin);
    }
    return {};
}

// "<input name=title>": so that a part keeps its place when others come before it.
static std::string place_of(std::string_view tag)
{
    auto out = "<" + std::string{tag.substr(0, tag.find_first_of(" \t\r\n/"))};
    for (std::string_view const name : {"id", "name", "class"}) {
        if (auto const value = attribute_of(tag, name); !value.empty()) {
            out += fmt::format(" {}={}", name, value);
        }
    }
    return out + ">";
}

// A page as its texts and the attributes that tell something, by the element and how many like it
// came before. It need not be well-formed.
static std::map<std::string, std::string> flatten_page(std::string_view page)
{
    static constexpr std::string_view telling[] = {"value", "href", "src", "action", "content"};
    std::map<std::string, std::string> out;
    std::map<std::string, std::size_t> like_it;
    std::string where = "page";
    auto const put = [&](std::string const& place, std::string_view text) {
        auto const bare = trim(text);
        if (!bare.empty()) out.emplace(fmt::format("{} {}", place, like_it[place]++), bare);
    };
    for (std::size_t at = 0; at < page.size();) {
        auto const open = page.find('<', at);
        put(where, page.substr(at, open == page.npos ? open : open - at));
        auto const close = open == page.npos ? open : page.find('>', open);
        if (close == page.npos) break;
        auto const tag = page.substr(open + 1, close - open - 1);
        at = close + 1;
        if (tag.starts_with('/') || tag.starts_with('!')) {
            where = "after " + std::string{tag.substr(0, tag.find(' '))};
            continue;
        }
        where = place_of(tag);
        for (auto const name : telling) {
            put(fmt::format("{}@{}", where, name), attribute_of(tag, name));
        }
    }
    return out;
}

std::map<std::string, std::string> flatten(std::string_view body)
{
    std::map<std::string, std::string> out;
    auto const json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded() && trim(body).starts_with('<')) {
        if (out = flatten_page(body); !out.empty()) return out;
    }
    if (json.is_discarded() || !json.is_structured()) {
        out.emplace("", body);
        return out;
    }
    auto const flat = json.flatten();
    for (auto const& [pointer, value] : flat.items()) out.emplace(pointer, value.dump());
    return out;
}

std::set<std::string> volatile_parts(std::vector<std::string> const& readings)
{
    std::set<std::string> out;
    for (std::size_t i = 1; i < readings.size(); ++i) {
        for (auto& part : changed_parts(readings[0], readings[i], {})) out.insert(std::move(part));
    }
    return out;
}

std::vector<std::string>
changed_parts(std::string_view before, std::string_view after, std::set<std::string> const& ignored)
{
    auto const old_parts = flatten(before);
    auto const new_parts = flatten(after);
    std::vector<std::string> out;
    for (auto const& [part, value] : old_parts) {
        auto const now = new_parts.find(part);
        if (ignored.contains(part)) continue;
        if (now == new_parts.end() || now->second != value) out.push_back(part);
    }
    for (auto const& [part, value] : new_parts) {
        if (!old_parts.contains(part) && !ignored.contains(part)) out.push_back(part);
    }
    return out;
}

static std::string text_of(nlohmann::json const& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

static void
collect(nlohmann::json const& json, std::string_view wanted, std::vector<std::string>& out)
{
    if (!json.is_structured()) return;
    for (auto const& [name, value] : json.items()) {
        auto const holds = json.is_object() && value.is_primitive() && text_of(value) == wanted;
        if (holds && std::ranges::count(out, name) == 0) out.push_back(name);
        collect(value, wanted, out);
    }
}

std::vector<std::string> members_that_hold(std::string_view body, std::string_view value)
{
    std::vector<std::string> out;
    auto const json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_discarded() && !value.empty()) collect(json, value, out);
    return out;
}

// A number is one only where no further digit adjoins it: 7 is not in 17.
static std::string without_number(std::string_view body, std::string_view number)
{
    std::string out;
    for (std::size_t at = 0; at < body.size();) {
        auto const end = at + number.size();
        auto const is_here = body.substr(at, number.size()) == number &&
                             (at == 0 || !is_digit(body[at - 1])) &&
                             (end >= body.size() || !is_digit(body[end]));
        if (is_here) {
            out += "{}";
            at = end;
        } else {
            out += body[at++];
        }
    }
    return out;
}

std::string without_tokens(std::string body, std::vector<std::string> const& tokens)
{
    // The longest first, for one may be part of another.
    auto sorted = tokens;
    std::ranges::sort(sorted, std::ranges::greater{}, &std::string::size);
    for (auto const& token : sorted) {
        if (token.empty()) continue;
        body = is_number(token) ? without_number(body, token)
                                : replace_all(std::move(body), token, "{}");
    }
    return body;
}

} // namespace watertight::probe
