#pragma once

#include <string>

namespace watertight::test {

/// A key and a certificate that it signed itself, as PEM.
struct self_signed {
    std::string certificate;
    std::string key;
};

/// @param alternative_name  as OpenSSL writes it: "DNS:localhost" or "IP:127.0.0.1".
self_signed make_self_signed(std::string const& alternative_name);

} // namespace watertight::test
