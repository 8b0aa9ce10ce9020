#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/faults.hpp"
#include "scenarios/lab/core/http.hpp"
#include "scenarios/lab/core/options.hpp"
#include "scenarios/lab/core/servers.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lab {

/// One dialect on one core: answers requests, any number at a time.
class service {
public:
    virtual ~service() = default;

    /// Never throws but when it is cancelled: whatever goes wrong is a response.
    virtual asio::awaitable<response> answer(request in) = 0;
    /// Whether a request whose client goes away is cancelled where it stands.
    virtual bool stops_for_lost_clients() const { return false; }
    /// Ends what the service does on its own. Called once, when no request is left.
    virtual asio::awaitable<void> close() = 0;
};

/// What a dialect has to work with. Outlives the dialect.
struct surroundings {
    options const& asked;
    fault_set const& faults;
    /// Those that the dialect's entry names: `servers.get<private_redis>()`.
    private_servers const& servers;
    /// A private folder that exists.
    std::string folder;
};

/// The API of one system, with that system's own way of isolating tenants.
class dialect {
public:
    virtual ~dialect() = default;

    /// Makes databases, roles and tables. On the main thread, when every server answers and before
    /// any core serves. @throws run_error.
    virtual asio::awaitable<void> prepare() = 0;
    /// Told once where the lab listens, on the main thread, when it serves. A dialect that stands
    /// behind a gateway starts it here and waits until it answers. @throws run_error.
    /// @return the URL for clients.
    virtual asio::awaitable<std::string> open_gateway(std::uint16_t port);
    /// What a client needs to know, except the URL: NAME, value. Asked for after `open_gateway`.
    virtual name_values environment() const = 0;
    /// The name of the variable that holds the URL.
    virtual std::string url_name() const = 0;
    /// Called on the core's own thread; the dialect outlives its services.
    virtual std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) = 0;
};

/// What `dialect_entry::make` of a dialect class is.
template <class Dialect>
std::unique_ptr<dialect> make_dialect(surroundings const& around)
{
    return std::make_unique<Dialect>(around);
}

/// A dialect as the table of dialects knows it.
struct dialect_entry {
    std::string_view name;
    std::span<fault const> faults;
    /// The servers to start, in this order: `{make_server<private_postgres>, …}`.
    std::vector<server_maker> needs;
    std::unique_ptr<dialect> (*make)(surroundings const&);
};

} // namespace watertight::lab
