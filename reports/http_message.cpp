#include "reports/http_message.hpp"

#include "harness/base/text.hpp"
#include "reports/text.hpp"

#include <algorithm>
#include <charconv>

namespace watertight::reports {

namespace {

struct raw_message {
    std::string first_line;
    header_list headers;
    std::string body;
};

} // namespace

static raw_message take_apart(std::string_view text)
{
    raw_message out;
    bool is_first = true;
    while (!text.empty()) {
        auto const end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (is_first) {
            out.first_line = visible(line);
            is_first = false;
            continue;
        }
        if (line.empty()) break;
        auto const colon = line.find(':');
        auto const name = trim(line.substr(0, colon));
        if (name.empty()) continue;
        auto const value = colon == line.npos ? std::string_view{} : trim(line.substr(colon + 1));
        out.headers.emplace_back(visible(name), visible(value));
    }
    out.body = visible(text);
    return out;
}

static bool is_method(std::string_view word)
{
    return !word.empty() &&
           std::ranges::all_of(word, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

std::optional<shown_request> parse_request(std::string_view text)
{
    auto message = take_apart(text);
    auto const words = split(message.first_line, ' ');
    // "SELECT 1" is no request; "GET /path HTTP/1.1" is.
    bool const is_http = words.size() == 3 && is_method(words[0]) && words[2].starts_with("HTTP/");
    if (!is_http || words[1].empty()) return std::nullopt;
    shown_request out;
    out.method = words[0];
    out.target = words[1];
    out.version = words[2].substr(5);
    out.headers = std::move(message.headers);
    out.body = std::move(message.body);
    return out;
}

std::optional<shown_response> parse_response(std::string_view text)
{
    auto message = take_apart(text);
    std::string_view line = message.first_line;
    if (!line.starts_with("HTTP/")) return std::nullopt;
    auto const space = line.find(' ');
    if (space == line.npos) return std::nullopt;
    shown_response out;
    out.version = line.substr(5, space - 5);
    line.remove_prefix(space + 1);
    auto const* const end = line.data() + line.size();
    auto const [stop, error] = std::from_chars(line.data(), end, out.status);
    if (error != std::errc{} || out.status < 100 || out.status > 999) return std::nullopt;
    out.reason = trim(std::string_view{stop, static_cast<std::size_t>(end - stop)});
    out.headers = std::move(message.headers);
    out.body = std::move(message.body);
    return out;
}

evidence::message_pair const* proving_exchange(evidence::finding const& f)
{
    auto const token = to_lower(f.token);
    evidence::message_pair const* best = nullptr;
    int best_rank = -1;
    for (auto const& x : f.exchanges) {
        bool const shows = !token.empty() && to_lower(x.response).find(token) != std::string::npos;
        bool const is_theirs =
            !f.intruder.empty() && x.title.find(" as " + f.intruder) != std::string::npos;
        auto const rank = (shows ? 2 : 0) + (is_theirs ? 1 : 0);
        if (rank < best_rank) continue;
        best = &x;
        best_rank = rank;
    }
    return best;
}

} // namespace watertight::reports
