#include "harness/probe/body_diff.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/cursor/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::cursor {

using nlohmann::json;

// Without case and signs: "next_cursor", "nextCursor" and "@odata.nextLink" in one form.
static std::string plain(std::string_view name)
{
    auto out = to_lower(std::string{name});
    std::erase_if(out, [](char c) { return c < 'a' || c > 'z'; });
    return out;
}

static bool is_next(std::string_view member)
{
    static constexpr std::string_view names[] = {
        "next",          "nexturl",           "nexturi",   "nexthref",   "nextlink",
        "odatanextlink", "nextcursor",        "cursor",    "endcursor",  "nextpage",
        "nextpagetoken", "pagetoken",         "nexttoken", "nextmarker", "marker",
        "continuation",  "continuationtoken", "scrollid",  "after",
    };
    return std::ranges::count(names, plain(member)) != 0;
}

static next_page made(std::string from, std::string token)
{
    auto const is_address =
        token.starts_with('/') || token.starts_with("http") || token.starts_with('?');
    return {std::move(from), std::move(token), is_address};
}

static void collect(json const& from, std::string const& pointer, std::vector<next_page>& out)
{
    if (!from.is_object()) return;
    for (auto const& [name, value] : from.items()) {
        auto const here = pointer + "/" + name;
        if (value.is_string() && !value.get<std::string>().empty() && is_next(name)) {
            out.push_back(made(here, value.get<std::string>()));
        }
        // {"next": {"href": ...}}
        auto const is_link = value.is_object() && value.contains("href") && is_next(name);
        if (is_link && value["href"].is_string()) {
            out.push_back(made(here + "/href", value["href"].get<std::string>()));
        }
        collect(value, here, out);
    }
}

// <a rel="next" href="?after=...">Older</a>, and a link in a page's head.
static void collect_from_page(std::string_view page, std::vector<next_page>& out)
{
    for (auto at = page.find('<'); at != page.npos; at = page.find('<', at + 1)) {
        auto const end = page.find('>', at);
        if (end == page.npos) return;
        auto const tag = page.substr(at, end - at);
        auto const is_link = tag.starts_with("<a ") || tag.starts_with("<link ");
        auto const address = probe::attribute_of(tag, "href");
        if (!is_link || probe::attribute_of(tag, "rel") != "next" || address.empty()) continue;
        auto plain = replace_all(std::string{address}, "&amp;", "&");
        out.push_back({"link rel=next", std::move(plain), true});
    }
}

std::vector<next_page> next_of(std::string_view head, std::string_view body)
{
    std::vector<next_page> out;
    if (auto const links = net::find_header(head, "Link")) {
        for (auto const link : split(*links, ',')) {
            auto const begin = link.find('<');
            auto const end = link.find('>');
            auto const is_next_link = link.find("rel=\"next\"") != std::string_view::npos ||
                                      link.find("rel=next") != std::string_view::npos;
            if (!is_next_link || begin == std::string_view::npos || end < begin) continue;
            out.push_back(
                {"header Link", std::string{link.substr(begin + 1, end - begin - 1)}, true}
            );
        }
    }
    auto const parsed = json::parse(body, nullptr, false);
    if (!parsed.is_discarded())
        collect(parsed, "", out);
    else
        collect_from_page(body, out);
    return out;
}

} // namespace watertight::probes::api::cursor
