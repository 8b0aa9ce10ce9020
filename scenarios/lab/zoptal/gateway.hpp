#pragma once

#include "scenarios/lab/core/faults.hpp"
#include "scenarios/lab/core/private_nginx.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace watertight::lab::zoptal {

/// What the gateway's configuration follows from.
struct gateway_plan {
    /// Of the services behind it.
    std::uint16_t port = 0;
    std::string key{};
    /// Custom domain to the tenant's name.
    std::map<std::string, std::string> domains{};
    /// Whether default.zoptal.com is served by the system with tenants.
    bool is_multi = false;
    /// What is wrong with it, where something is.
    struct {
        /// J01: a tenant's name that the client sends wins over that of the host.
        bool client_wins = false;
        /// K16: files are kept by their path alone, whatever the services say.
        bool shares_files = false;
        /// K17: what looks like a style sheet is kept as one; the rest of the name is passed on.
        bool keeps_styles = false;
        /// K18: the client says under which name the service is known.
        bool passes_name = false;
    } defects{};
};

/// The http block of nginx for it.
std::string configuration_of(gateway_plan const& plan);

/// The nginx that tells tenants apart: subdomain or custom domain to X-Tenant-ID. Used by all
/// cores; changes are made one after another, and those that wait are made together.
class gateway {
public:
    gateway(private_nginx& server, std::string key, fault_set const& faults);

    /// Starts to serve in front of the services at `port`.
    asio::awaitable<std::string> open(std::uint16_t port);
    /// Reserves a domain. @return false if it is another tenant's.
    bool claim(std::string const& domain, std::string const& slug);
    void give_up(std::string const& domain);
    /// Ends when the domains that are claimed by now are served, and no others.
    asio::awaitable<void> apply_domains();
    /// Ends when the change is in force.
    asio::awaitable<void> set_release(bool is_multi);

private:
    asio::awaitable<void> apply();

    private_nginx& server_;
    std::mutex mutex_;
    gateway_plan plan_;
    std::uint64_t wanted_ = 0;
    std::uint64_t in_force_ = 0;
    bool is_changing_ = false;
};

} // namespace watertight::lab::zoptal
