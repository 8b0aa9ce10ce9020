#include "reports/html/markup.hpp"

#include "harness/base/text.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports::markup {

std::string esc(std::string_view text)
{
    std::string out;
    for (char const c : visible(text)) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string marked(std::string_view text, std::string_view token)
{
    if (token.empty()) return esc(text);
    auto const haystack = to_lower(text);
    auto const needle = to_lower(token);
    std::string out;
    std::size_t done = 0;
    for (auto at = haystack.find(needle); at != haystack.npos; at = haystack.find(needle, done)) {
        out += esc(text.substr(done, at - done));
        out += "<mark>" + esc(text.substr(at, needle.size())) + "</mark>";
        done = at + needle.size();
    }
    return out + esc(text.substr(done));
}

std::string island(std::string_view json)
{
    std::string out;
    out.reserve(json.size());
    for (std::size_t done = 0; done < json.size();) {
        auto at = done;
        while (at < json.size() && json[at] != '<' && json[at] != '>' && json[at] != '&') ++at;
        out += json.substr(done, at - done);
        done = at + 1;
        if (at == json.size()) break;
        out += json[at] == '<' ? "\\u003c" : json[at] == '>' ? "\\u003e" : "\\u0026";
    }
    return out;
}

std::string badge(std::string_view tone, std::string_view text)
{
    return fmt::format(R"(<span class="badge {}">{}</span>)", tone, esc(text));
}

std::string section(section_parts const& parts)
{
    auto const lead = parts.lead.empty() ? std::string{} : "<p>" + parts.lead + "</p>";
    return fmt::format(
        "<section id=\"{}\">\n<header><h2>{}</h2>{}</header>\n{}</section>\n",
        parts.id,
        parts.title,
        lead,
        parts.body
    );
}

std::string cell(std::string_view label, std::string_view content)
{
    return fmt::format(R"(<td data-label="{}">{}</td>)", label, content);
}

std::string number_cell(std::string_view label, std::string_view content, double sort_by)
{
    return fmt::format(
        R"(<td class="num" data-label="{}" data-sort="{}">{}</td>)", label, sort_by, content
    );
}

std::string paste(std::string_view command)
{
    return fmt::format(
        "<div class=\"paste\"><pre>{}</pre>"
        "<button type=\"button\" class=\"copy\" hidden>Copy</button></div>\n",
        esc(command)
    );
}

std::string fill(std::string_view text, std::initializer_list<slot> slots)
{
    std::string out;
    while (true) {
        auto const open = text.find("{{");
        auto const close = text.find("}}", open == text.npos ? text.size() : open);
        if (open == text.npos || close == text.npos) return out + std::string{text};
        out += text.substr(0, open);
        auto const name = text.substr(open + 2, close - open - 2);
        auto const* const at = std::ranges::find(slots, name, &slot::name);
        if (at != slots.end()) out += at->value;
        text.remove_prefix(close + 2);
    }
}

} // namespace watertight::reports::markup
