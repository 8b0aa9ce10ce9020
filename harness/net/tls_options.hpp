#pragma once

#include <compare>
#include <string>
#include <vector>

namespace watertight::net {

struct tls_options {
    bool verify = true;
    /// PEM file of extra authorities; empty: the system's.
    std::string ca_file;
    /// Server name for SNI and verification; empty: the endpoint's host.
    std::string server_name;
    /// PEM file of the client's certificate and its chain, for servers that ask; empty: none.
    std::string certificate_file{};
    /// PEM file of its key, without a passphrase; empty: the key stands in `certificate_file`.
    std::string key_file{};
    /// Application protocols to offer, best first, such as {"h2", "http/1.1"}; empty: no offer.
    std::vector<std::string> alpn{};

    auto operator<=>(tls_options const&) const = default;
};

} // namespace watertight::net
