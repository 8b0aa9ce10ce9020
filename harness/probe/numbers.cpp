#include "harness/probe/numbers.hpp"

#include "harness/base/text.hpp"
#include "harness/net/http.hpp"
#include "harness/probe/body_diff.hpp"

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

std::map<std::string, std::int64_t> numbers_in(exchange const& e)
{
    std::map<std::string, std::int64_t> out;
    for (auto const& [part, value] : flatten(e.body)) {
        auto const is_text = value.size() > 2 && value.front() == '"' && value.back() == '"';
        auto const bare = is_text ? std::string_view{value}.substr(1, value.size() - 2) : value;
        if (!part.empty()) add_number(out, part, bare);
    }
    for (auto const line : split(e.head, '\n')) {
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto const name = to_lower(line.substr(0, colon));
        if (name == "content-length") continue;
        add_number(out, "header " + name, trim(line.substr(colon + 1)));
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
