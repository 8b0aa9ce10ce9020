#include "harness/probe/numbers.hpp"

#include "harness/base/text.hpp"
#include "harness/net/http.hpp"
#include "harness/probe/body_diff.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace watertight::probe {

static void add_number(
    std::map<std::string, std::int64_t>& out, std::string const& place, std::string_view text
)
{
    std::int64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec == std::errc{} && parsed.ptr == end) out.emplace(place, value);
}

// "items 0-9/57": what stands behind the slash.
static void add_range(std::map<std::string, std::int64_t>& out, std::string_view value)
{
    auto const slash = value.rfind('/');
    if (slash != std::string_view::npos) {
        add_number(out, "header content-range", trim(value.substr(slash + 1)));
    }
}

// <https://x/things?page=7&per_page=2>; rel="last": the numbers of the last page's query.
static void add_last_page(std::map<std::string, std::int64_t>& out, std::string_view value)
{
    for (auto const one : split(value, ',')) {
        auto const begin = one.find('?');
        auto const end = one.find('>');
        auto const is_last = one.find("rel=\"last\"") != std::string_view::npos ||
                             one.find("rel=last") != std::string_view::npos;
        if (!is_last || begin == std::string_view::npos || end == std::string_view::npos) continue;
        if (end < begin) continue;
        for (auto const pair : split(one.substr(begin + 1, end - begin - 1), '&')) {
            auto const equals = pair.find('=');
            if (equals == std::string_view::npos) continue;
            auto const name = fmt::format("header link last {}", pair.substr(0, equals));
            add_number(out, name, pair.substr(equals + 1));
        }
    }
}

static void
add_words(std::map<std::string, std::int64_t>& out, std::string const& place, std::string_view text)
{
    std::size_t n = 0;
    for (auto const word : split(text, ' ')) {
        add_number(out, fmt::format("{}, word {}", place, ++n), word);
    }
}

std::map<std::string, std::int64_t> numbers_in(exchange const& e)
{
    std::map<std::string, std::int64_t> out;
    for (auto const& [part, value] : flatten(e.body)) {
        auto const is_text = value.size() > 2 && value.front() == '"' && value.back() == '"';
        auto const bare = is_text ? std::string_view{value}.substr(1, value.size() - 2) : value;
        if (!part.empty()) add_number(out, part, bare);
        // "7 projects", "Page 1 of 3".
        if (!part.starts_with('/') && !part.empty()) add_words(out, part, bare);
    }
    for (auto const line : split(e.head, '\n')) {
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto const name = to_lower(line.substr(0, colon));
        auto const value = trim(line.substr(colon + 1));
        if (name == "content-length") continue;
        if (name == "content-range") add_range(out, value);
        if (name == "link") add_last_page(out, value);
        add_number(out, "header " + name, value);
    }
    return out;
}

static void add_sizes(
    nlohmann::json const& value, std::string const& place, std::map<std::string, std::int64_t>& out
)
{
    if (!value.is_structured()) return;
    out.emplace("size of " + (place.empty() ? "/" : place), value.size());
    for (auto const& [name, member] : value.items()) add_sizes(member, place + "/" + name, out);
}

std::map<std::string, std::int64_t> sizes_in(exchange const& e)
{
    std::map<std::string, std::int64_t> out;
    auto const json = nlohmann::json::parse(e.body, nullptr, false);
    add_sizes(json, {}, out);
    if (!json.is_discarded()) return out;
    // How many rows a page has.
    for (std::string_view const row : {"<li", "<tr", "<option"}) {
        auto const n = static_cast<std::int64_t>(count_of(e.body, row));
        if (n > 0) out.emplace(fmt::format("count of {}>", row), n);
    }
    return out;
}

std::optional<std::string> text_at(exchange const& e, std::string_view place)
{
    if (place.starts_with("header ")) {
        auto const value = net::find_header(e.head, place.substr(7));
        if (!value) return std::nullopt;
        return std::string{trim(*value)};
    }
    auto const parts = flatten(e.body);
    auto const found = parts.find(std::string{place});
    if (place.empty() || found == parts.end()) return std::nullopt;
    auto const& value = found->second;
    auto const is_text = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return is_text ? value.substr(1, value.size() - 2) : value;
}

std::optional<double> number_at(exchange const& e, std::string_view place)
{
    auto const text = text_at(e, place);
    if (!text) return std::nullopt;
    double value = 0;
    auto const* const end = text->data() + text->size();
    auto const parsed = std::from_chars(text->data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return value;
}

} // namespace watertight::probe
