#include "harness/net/http.hpp"

#include "harness/base/text.hpp"

namespace watertight::net {

// Takes the next line off `rest`, without its line end.
static std::string_view next_line(std::string_view& rest)
{
    auto const end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// The value if `line` is the header `name`.
static std::optional<std::string_view> value_of(std::string_view line, std::string_view name)
{
    if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
    if (!iequals(line.substr(0, name.size()), name)) return std::nullopt;
    return trim(line.substr(name.size() + 1));
}

std::optional<std::string_view> find_header(std::string_view head, std::string_view name)
{
    next_line(head);
    while (!head.empty()) {
        if (auto const value = value_of(next_line(head), name)) return value;
    }
    return std::nullopt;
}

std::vector<std::string_view> find_headers(std::string_view head, std::string_view name)
{
    std::vector<std::string_view> out;
    next_line(head);
    while (!head.empty()) {
        if (auto const value = value_of(next_line(head), name)) out.push_back(*value);
    }
    return out;
}

std::optional<std::string_view> http_response_view::header(std::string_view name) const
{
    return find_header(head, name);
}

std::optional<std::string_view> http_response::header(std::string_view name) const
{
    return find_header(head, name);
}

std::vector<std::string_view> http_response::headers(std::string_view name) const
{
    return find_headers(head, name);
}

} // namespace watertight::net
