#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/faults.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace watertight::lab {

/// A tenant's wish to be told at a URL.
struct webhook {
    std::string id;
    std::string tenant_id;
    /// http, and on loopback: a lab reaches nobody else.
    std::string url;
};

/// Who is told what happens, and the deliveries that are left. Shared by all cores.
class webhook_book {
public:
    explicit webhook_book(fault_set const& faults) : faults_(&faults) {}

    /// @throws refusal 400 for a URL that is not http://127.0.0.1:port/path.
    void add(webhook what);
    std::vector<webhook> of(std::string const& tenant_id) const;
    /// @return whether the tenant had it.
    bool erase(std::string const& tenant_id, std::string const& id);
    void erase_all_of(std::string const& tenant_id);

    /// Leaves a delivery for each of the tenant's URLs.
    void publish(std::string const& tenant_id, std::string const& text);

    /// Delivers what was left, and again what failed, until it is cancelled. For one core.
    asio::awaitable<void> work();

private:
    struct delivery {
        webhook to{};
        std::string text{};
        int attempts = 0;
        std::chrono::steady_clock::time_point due{};
    };

    std::optional<delivery> take();
    void again(delivery what);

    fault_set const* faults_;
    mutable std::mutex mutex_;
    std::map<std::string, webhook> hooks_;
    std::deque<delivery> waiting_;
};

} // namespace watertight::lab
