#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/faults.hpp"
#include "scenarios/lab/core/http.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/options.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace watertight::lab {

/// One dialect on one core: answers requests, any number at a time.
class service {
public:
    virtual ~service() = default;

    /// Never throws but when it is cancelled: whatever goes wrong is a response.
    virtual asio::awaitable<response> answer(request in) = 0;
    /// Ends what the service does on its own. Called once, when no request is left.
    virtual asio::awaitable<void> close() = 0;
};

/// What a dialect has to work with. Outlives the dialect.
struct surroundings {
    options const& asked;
    fault_set const& faults;
    private_postgres const& postgres;
    private_redis const& redis;
    /// A private folder that exists.
    std::string folder;
};

/// The API of one system, with that system's own way of isolating tenants.
class dialect {
public:
    virtual ~dialect() = default;

    /// Makes databases, roles and tables. Before any core serves. @throws run_error.
    virtual asio::awaitable<void> prepare() = 0;
    /// What a client needs to know, except the URL: NAME, value.
    virtual name_values environment() const = 0;
    /// The name of the variable that holds the URL.
    virtual std::string url_name() const = 0;
    /// Called on the core's own thread; the dialect outlives its services.
    virtual std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) = 0;
};

/// A dialect as the table of dialects knows it.
struct dialect_entry {
    std::string_view name;
    std::span<fault const> faults;
    std::unique_ptr<dialect> (*make)(surroundings const&);
};

} // namespace watertight::lab
