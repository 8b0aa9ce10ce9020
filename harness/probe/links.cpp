#include "harness/probe/links.hpp"

#include "harness/base/text.hpp"
#include "harness/net/http.hpp"
#include "harness/probe/body_diff.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>

namespace watertight::probe {

static std::optional<link> link_of(std::string_view text)
{
    if (text.find_first_of(" \t\r\n<>\"") != std::string_view::npos) return std::nullopt;
    link out;
    for (std::string_view const scheme : {"https://", "http://"}) {
        if (!text.starts_with(scheme)) continue;
        text.remove_prefix(scheme.size());
        auto const slash = text.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        out.host = text.substr(0, slash);
        text.remove_prefix(slash);
        break;
    }
    auto const path = text.substr(0, text.find('?'));
    auto const is_path = path.size() > 2 && path.front() == '/' && path[1] != '/';
    if (!is_path || (out.host.empty() && path.find('/', 1) == std::string_view::npos)) {
        return std::nullopt;
    }
    out.target = text;
    return out;
}

std::vector<link> links_in(exchange const& e)
{
    std::vector<std::string> texts;
    auto const parsed = nlohmann::json::parse(e.body, nullptr, false);
    if (!parsed.is_discarded() && parsed.is_structured()) {
        auto const flat = parsed.flatten();
        for (auto const& value : flat) {
            if (value.is_string()) texts.push_back(value.get<std::string>());
        }
    }
    if (auto const at = net::find_header(e.head, "Location")) texts.emplace_back(*at);
    std::vector<link> out;
    std::set<std::string> known;
    for (auto const& text : texts) {
        auto one = link_of(text);
        if (one && known.insert(one->host + one->target).second) out.push_back(std::move(*one));
    }
    return out;
}

bool is_capability(link const& l, std::vector<std::string> const& known)
{
    static constexpr std::size_t secret_bytes_min = 20;
    static constexpr std::size_t different_min = 8;
    auto const rest = to_lower(without_tokens(l.target, known));
    std::set<char> different;
    std::size_t length = 0;
    auto has_digit = false;
    for (char const c : rest + "/") {
        auto const is_digit = c >= '0' && c <= '9';
        auto const is_letter = c >= 'a' && c <= 'z';
        if (is_digit || is_letter || c == '-' || c == '_' || c == '.') {
            ++length;
            has_digit = has_digit || is_digit;
            different.insert(c);
            continue;
        }
        auto const is_secret =
            length >= secret_bytes_min && different.size() >= different_min && has_digit;
        if (is_secret) return true;
        different.clear();
        length = 0;
        has_digit = false;
    }
    return false;
}

} // namespace watertight::probe
