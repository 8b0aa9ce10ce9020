#include "harness/stores/redis_address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace watertight::stores {

static failure bad_address(std::string_view why)
{
    return {
        errc::malformed,
        fmt::format(
            "the Redis address {}; expected redis://user:password@host:port/database or "
            "unix:///path",
            why
        ),
        {}};
}

static std::optional<unsigned> number(std::string_view text)
{
    unsigned n = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return n;
}

std::string redis_address::describe() const
{
    if (!path.empty()) return fmt::format("redis {}/{}", path, database.value_or(0));
    auto const is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format(
        "redis {}:{}/{}", is_ipv6 ? "[" + host + "]" : host, port, database.value_or(0)
    );
}

static result<redis_address> tcp_address(boost::urls::url_view const& url, redis_address out)
{
    out.host = url.host_address();
    if (out.host.empty()) return bad_address("names no host");
    if (!url.port().empty()) out.port = url.port_number();
    if (out.port == 0) return bad_address("has no port from 1 to 65535");
    auto const path = url.path();
    if (path.size() > 1) {
        auto const database = number(std::string_view{path}.substr(1));
        if (!database) return bad_address("has a database that is not a number");
        out.database = database;
    }
    return out;
}

static result<redis_address> unix_address(boost::urls::url_view const& url, redis_address out)
{
    out.path = url.path();
    if (out.path.size() < 2) return bad_address("names no socket");
    for (auto const& parameter : url.params()) {
        if (parameter.key != "db") continue;
        auto const database = number(parameter.value);
        if (!database) return bad_address("has a database that is not a number");
        out.database = database;
    }
    return out;
}

result<redis_address> parse_redis_address(std::string const& text)
{
    auto const url = boost::urls::parse_uri(boost::urls::string_view{text.data(), text.size()});
    if (url.has_error()) return bad_address("is not a URL");
    redis_address out;
    out.user = url->user();
    out.password = url->password();
    // redis://secret@host, as many write it, is a password without a user.
    if (!url->has_password()) out.password = std::exchange(out.user, {});
    auto const scheme = std::string_view{url->scheme()};
    if (scheme == "redis") return tcp_address(*url, std::move(out));
    if (scheme == "unix" || scheme == "redis+unix") return unix_address(*url, std::move(out));
    if (scheme == "rediss") return bad_address("asks for TLS, which is not supported");
    return bad_address("has an unknown scheme");
}

} // namespace watertight::stores
