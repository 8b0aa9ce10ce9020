#include "harness/net/h2_request.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace watertight::net {

static constexpr std::string_view line_end = "\r\n";
static constexpr std::string_view head_end = "\r\n\r\n";

static failure cannot_carry(std::string_view what)
{
    return {errc::malformed, fmt::format("HTTP/2 cannot carry {}", what), {}};
}

static nghttp2_nv
field(std::string_view name, std::string_view value, std::uint8_t flags = NGHTTP2_NV_FLAG_NONE)
{
    // nghttp2 only reads them.
    auto const bytes = [](std::string_view s) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(s.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), flags};
}

static bool is_about_the_connection(std::string_view name)
{
    static constexpr std::array<std::string_view, 6> names{
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "http2-settings"};
    return std::ranges::find(names, name) != names.end();
}

static bool lists(std::string_view values, std::string_view name)
{
    auto const is_it = [&](std::string_view value) { return iequals(trim(value), name); };
    return std::ranges::any_of(split(values, ','), is_it);
}

static constexpr std::size_t authority_at = 2;

result<void> h2_request::parse_line(std::string_view line, std::string_view scheme)
{
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == line.npos || last == first || !line.substr(last + 1).starts_with("HTTP/1.")) {
        return cannot_carry("a request without a request line");
    }
    auto const method = line.substr(0, first);
    auto const path = line.substr(first + 1, last - first - 1);
    if (method.empty() || method == "CONNECT") {
        return cannot_carry(fmt::format("the method \"{}\" here", method));
    }
    if (!path.starts_with('/') && path != "*") {
        return cannot_carry(fmt::format("the target \"{}\"", path));
    }
    fields_.push_back(field(":method", method));
    fields_.push_back(field(":scheme", scheme));
    // Replaced by Host, which may stand anywhere.
    fields_.push_back(field(":authority", {}));
    fields_.push_back(field(":path", path));
    return boost::system::in_place_value;
}

// RFC 7541, 7.1.3: what is secret stays out of the tables of those on the way.
static bool is_secret(std::string_view name)
{
    return name == "authorization" || name == "proxy-authorization";
}

bool h2_request::varies(std::string_view name, std::string_view value)
{
    static constexpr std::size_t habits_max = 32;
    static constexpr int changes_max = 16;
    static constexpr int changes_many = 8;

    auto at = next_habit_;
    if (at >= habits_.size() || habits_[at].name != name) {
        auto const found = std::ranges::find(habits_, name, &habit::name);
        at = static_cast<std::size_t>(found - habits_.begin());
        if (at == habits_max) return false;
        if (at == habits_.size()) habits_.push_back({std::string{name}, 0, 0});
    }
    next_habit_ = at + 1;
    auto& known = habits_[at];
    auto const hash = std::hash<std::string_view>{}(value);
    auto const step = std::exchange(known.value_hash, hash) == hash ? -1 : 1;
    known.changes = std::clamp(known.changes + step, 0, changes_max);
    return known.changes >= changes_many;
}

result<void> h2_request::parse_field(std::span<char> spelt, std::string_view value)
{
    for (auto& c : spelt) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    std::string_view const name{spelt.data(), spelt.size()};
    if (name == "host") {
        fields_[authority_at] = field(":authority", value);
        return boost::system::in_place_value;
    }
    if (name == "transfer-encoding" && !iequals(value, "identity")) {
        return cannot_carry(fmt::format("a body in the transfer coding \"{}\"", value));
    }
    if (name == "connection") connection_.append(value).append(",");
    if (is_about_the_connection(name)) return boost::system::in_place_value;
    if (name == "te" && !iequals(value, "trailers")) return boost::system::in_place_value;
    auto const unindexed = is_secret(name) || varies(name, value);
    auto const flags = unindexed ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    fields_.push_back(field(name, value, static_cast<std::uint8_t>(flags)));
    return boost::system::in_place_value;
}

static std::string_view without_blanks(std::string_view value)
{
    auto const first = value.find_first_not_of(" \t");
    if (first == value.npos) return {};
    return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

result<void> h2_request::parse(std::string_view wire, std::string_view scheme)
{
    fields_.clear();
    connection_.clear();
    next_habit_ = 0;
    auto const end = wire.find(head_end);
    if (end == wire.npos) return cannot_carry("a request without the end of its headers");
    head_.assign(wire.substr(0, end + line_end.size()));
    body_ = wire.substr(end + head_end.size());
    auto at = head_.find(line_end);
    auto const begun = parse_line(std::string_view{head_}.substr(0, at), scheme);
    if (begun.has_error()) return begun;
    for (at += line_end.size(); at < head_.size();) {
        auto const stop = head_.find(line_end, at);
        auto const line = std::span{head_}.subspan(at, stop - at);
        at = stop + line_end.size();
        auto const size = std::string_view{line.data(), line.size()}.find(':');
        if (size == wire.npos || size == 0) return cannot_carry("a header without a name");
        auto const value = std::string_view{line.data(), line.size()}.substr(size + 1);
        auto const put = parse_field(line.first(size), without_blanks(value));
        if (put.has_error()) return put;
    }
    if (fields_[authority_at].valuelen == 0) fields_.erase(fields_.begin() + authority_at);
    if (connection_.empty()) return boost::system::in_place_value;
    std::erase_if(fields_, [this](nghttp2_nv const& f) {
        std::string_view const name{reinterpret_cast<char const*>(f.name), f.namelen};
        return !name.starts_with(':') && lists(connection_, name);
    });
    return boost::system::in_place_value;
}

} // namespace watertight::net
