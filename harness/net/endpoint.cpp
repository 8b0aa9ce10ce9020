#include "harness/net/endpoint.hpp"

#include "harness/base/text.hpp"
#include "harness/net/asio.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace watertight::net {

// The room that the system's address structure has, without the final zero.
static constexpr std::size_t unix_path_max = 107;

static std::string bracketed(std::string const& host)
{
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string endpoint::authority() const
{
    if (is_unix()) return "localhost";
    if (port == (tls ? 443 : 80)) return bracketed(host);
    return fmt::format("{}:{}", bracketed(host), port);
}

std::string endpoint::origin() const
{
    if (is_unix()) return "http+unix://" + url_encode(host);
    return fmt::format("{}://{}:{}", tls ? "https" : "http", bracketed(host), port);
}

// A message about a URL must not repeat the password in it.
static std::string without_userinfo(std::string_view text)
{
    auto const slashes = text.find("//");
    auto const from = slashes == std::string_view::npos ? 0 : slashes + 2;
    auto const end = std::min(text.find_first_of("/?#", from), text.size());
    auto const at = text.substr(0, end).rfind('@');
    if (at == std::string_view::npos || at < from) return std::string{text};
    return fmt::format("{}***{}", text.substr(0, from), text.substr(at));
}

static failure bad_url(std::string_view text, std::string_view why)
{
    return {errc::malformed, fmt::format("\"{}\" {}", without_userinfo(text), why), {}};
}

static std::string userinfo_of(boost::urls::url_view const& parsed)
{
    if (!parsed.has_userinfo()) return {};
    return parsed.has_password() ? parsed.user() + ":" + parsed.password() : parsed.user();
}

result<url> parse_url(std::string_view text)
{
    static constexpr auto wanted = "is not a URL such as http://host:port/path";
    auto const parsed = boost::urls::parse_uri(boost::urls::string_view{text.data(), text.size()});
    if (parsed.has_error()) return bad_url(text, wanted);
    auto const scheme = to_lower(std::string_view{parsed->scheme()});
    auto const is_unix = scheme == "http+unix";
    if (scheme != "http" && scheme != "https" && !is_unix) {
        return bad_url(text, "has to begin with http://, https:// or http+unix://");
    }

    url out;
    out.where.tls = scheme == "https";
    out.where.host = is_unix ? parsed->host() : to_lower(parsed->host_address());
    if (out.where.host.empty()) return bad_url(text, "names no host");
    if (is_unix != out.where.is_unix()) {
        return bad_url(text, "names no socket as http+unix://%2Frun%2Fapp.sock/path does");
    }
    if (is_unix && out.where.host.size() > unix_path_max) {
        return bad_url(text, "names a socket by more than 107 characters");
    }
    out.where.port = out.where.tls ? 443 : 80;
    if (!parsed->port().empty()) out.where.port = parsed->port_number();
    if (out.where.port == 0) return bad_url(text, "has no port from 1 to 65535");
    out.target = std::string_view{parsed->encoded_path()};
    if (out.target.empty()) out.target = "/";
    // "http://h:http/" is read as the path "http/" behind an empty port.
    if (!out.target.starts_with('/')) return bad_url(text, wanted);
    if (parsed->has_query()) {
        out.target += '?';
        out.target += std::string_view{parsed->encoded_query()};
    }
    out.userinfo = userinfo_of(*parsed);
    return out;
}

// One spelling of a host: lower case, no brackets, no final dot, addresses in their shortest form.
static std::string canonical(std::string_view host)
{
    host = trim(host);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
    auto name = to_lower(host);
    boost::system::error_code error;
    auto const address = asio::ip::make_address(name, error);
    return error ? name : address.to_string();
}

struct host_pattern {
    std::string host;
    std::optional<std::uint16_t> port;
};

static std::optional<std::uint16_t> port_number(std::string_view text)
{
    std::uint16_t port{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

static host_pattern parse_pattern(std::string_view entry)
{
    entry = trim(entry);
    auto const colon = entry.rfind(':');
    auto const is_bare_ipv6 = !entry.starts_with('[') && entry.find(':') != colon;
    if (colon != std::string_view::npos && !is_bare_ipv6) {
        if (auto const port = port_number(entry.substr(colon + 1))) {
            return {canonical(entry.substr(0, colon)), port};
        }
    }
    return {canonical(entry), std::nullopt};
}

static bool covers(host_pattern const& pattern, std::string_view host, std::uint16_t port)
{
    if (pattern.port && *pattern.port != port) return false;
    if (!pattern.host.starts_with("*.")) return pattern.host == host;
    auto const suffix = std::string_view{pattern.host}.substr(1);
    return suffix.size() > 1 && host.size() > suffix.size() && host.ends_with(suffix);
}

allow_list::allow_list(std::vector<std::string> entries) : entries_{std::move(entries)}
{
}

bool allow_list::permits(std::string_view host, std::uint16_t port) const
{
    // A Unix socket is on this machine, so that whoever allows the machine allows it.
    if (host.starts_with('/')) {
        return std::ranges::any_of(entries_, [&](std::string const& entry) {
            return trim(entry) == host || is_loopback(entry);
        });
    }
    auto const name = canonical(host);
    return std::ranges::any_of(entries_, [&](std::string const& entry) {
        return covers(parse_pattern(entry), name, port);
    });
}

result<void> allow_list::check(std::string_view host, std::uint16_t port) const
{
    if (permits(host, port)) return boost::system::in_place_value;
    auto const is_path = host.starts_with('/');
    auto const shown = is_path ? std::string{host} : bracketed(std::string{host});
    return failure{
        errc::forbidden,
        fmt::format(
            "{}{} is not among the hosts that the scenario allows ({}); add {} to target.allow if "
            "requests may go there",
            shown,
            is_path ? "" : fmt::format(":{}", port),
            entries_.empty() ? "none" : join(entries_, ", "),
            shown
        ),
        {}};
}

bool is_loopback(std::string_view host)
{
    if (host.starts_with('/')) return true;
    auto const name = canonical(host);
    if (name == "localhost" || name.ends_with(".localhost")) return true;
    boost::system::error_code error;
    auto const address = asio::ip::make_address(name, error);
    if (error) return false;
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

} // namespace watertight::net
