#pragma once

#include "harness/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::net {

/// Where requests go: the part of a URL before its path.
struct endpoint {
    bool tls = false;
    /// A name, an address, or the path of a Unix socket, which begins with '/'.
    std::string host;
    std::uint16_t port = 80;

    bool is_unix() const noexcept { return host.starts_with('/'); }
    /// "host" or "host:port" (the port only when it is not the scheme's own), as the Host header
    /// has it; IPv6 addresses in brackets. "localhost" for a Unix socket.
    std::string authority() const;
    /// "http://host:port"; "http+unix://%2Frun%2Fapp.sock" for a Unix socket.
    std::string origin() const;
    bool operator==(endpoint const&) const = default;
};

/// A parsed http, https or http+unix URL: http+unix://%2Frun%2Fapp.sock/path.
struct url {
    endpoint where;
    /// Path and query, "/" at least; the fragment is dropped.
    std::string target;
    /// "user:password" if the URL carries them.
    std::string userinfo;
};

/// @return the parts, or `malformed` with what is wrong with `text`.
result<url> parse_url(std::string_view text);

/// The hosts that a scenario lets the harness touch. Names are compared without case; an entry is
/// a host name, an address, "*.example.org", or any of these with ":port".
class allow_list {
public:
    allow_list() = default;
    explicit allow_list(std::vector<std::string> entries);

    bool permits(std::string_view host, std::uint16_t port) const;
    /// `forbidden` with a sentence that names the host and the remedy.
    result<void> check(std::string_view host, std::uint16_t port) const;
    std::vector<std::string> const& entries() const noexcept { return entries_; }

private:
    std::vector<std::string> entries_;
};

/// True for localhost and names under it, for 127.0.0.0/8 and ::1, and for Unix socket paths.
bool is_loopback(std::string_view host);

} // namespace watertight::net
