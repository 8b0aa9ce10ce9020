#pragma once

#include "tests/support/guarded_server.hpp"

#include <string>

namespace watertight::test {

/// Kinto from PyPI, with its accounts and its history, over a private PostgreSQL. Installs it first
/// if need be, which takes half a minute and the package registry.
class kinto_server : public guarded_server {
public:
    static constexpr char const* password = "open-sesame";

    explicit kinto_server(postgres_server const& store);

    std::string url() const;
};

/// nginx in front of a server on this machine, which answers for a while from its cache and does
/// not ask who wants to know: whatever the server says of caching, as people set it up to save
/// load.
class caching_proxy : public guarded_server {
public:
    explicit caching_proxy(std::uint16_t of);

    std::string url() const;
};

} // namespace watertight::test
