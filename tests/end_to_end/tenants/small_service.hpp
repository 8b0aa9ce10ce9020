#pragma once

#include "tests/support/scripted_server.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace watertight::test {

/// A multi-tenant service of a few routes, in memory:
///
///     POST /tenants {slug}  DELETE /tenants/{slug}  POST /users  POST /login  POST /refresh
///     POST /items  POST /items/{id}/notes  GET /items/{id}  DELETE /items/{id}
///
/// Tenants and users are made with `X-Admin: key`; items with `Authorization: Bearer <token>`.
class small_service {
public:
    struct behaviour {
        /// Slugs that are refused with 422.
        std::set<std::string> refused{};
        /// The first request for each tenant is answered with 429.
        bool throttles_first = false;
        std::chrono::milliseconds delay{0};
        std::chrono::milliseconds token_life{3'600'000};
        /// Items with a longer body are refused with 422; 0: none is.
        std::size_t item_bytes_max = 0;
    };

    explicit small_service(behaviour how);

    std::uint16_t port() const noexcept { return server_.port(); }
    std::size_t tenants() const;
    std::size_t items() const;
    std::size_t count(std::string const& route) const;
    /// The most requests that were in work at once.
    std::size_t concurrency_max() const;
    std::string last_item() const;

private:
    struct answer {
        int status = 200;
        std::string body;
        std::string headers;
    };

    void serve(peer& client);
    answer handle(std::string const& request);
    answer route(std::string const& method, std::string const& path, std::string const& request);
    answer make_tenant(std::string const& request);
    answer make_item(std::string const& request);
    std::string new_token();
    bool has_session(std::string const& request) const;

    behaviour how_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> tenants_;
    std::set<std::string> throttled_;
    std::map<std::string, std::string> passwords_;
    std::map<std::string, std::chrono::steady_clock::time_point> tokens_;
    std::map<std::string, std::string> items_;
    std::map<std::string, std::size_t> counts_;
    std::string last_item_;
    std::size_t serial_ = 0;
    std::size_t busy_ = 0;
    std::size_t busy_max_ = 0;
    // Last, so that its threads end before what they use.
    scripted_server server_;
};

} // namespace watertight::test
