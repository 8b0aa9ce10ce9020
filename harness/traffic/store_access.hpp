#pragma once

#include "harness/net/asio.hpp"
#include "harness/stores/postgres_link.hpp"
#include "harness/stores/redis_address.hpp"
#include "harness/traffic/operations.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace watertight::traffic {

/// How the stores are reached that phases send to. All cores read it.
struct store_access {
    /// Null if no phase sends to it.
    std::shared_ptr<stores::postgres_plan const> postgres{};
    std::optional<stores::redis_address> redis{};
};

/// What the phases need of the stores.
/// @throws usage_error if a store's address cannot be read.
store_access access_to_stores(
    target::model const& m, operation_table const& operations, std::vector<phase> const& phases
);

/// Connects to each of them once, before anything is measured.
/// @throws usage_error if a statement is wrong, with its place in the scenario; run_error if a
///         store does not answer or refuses the credentials.
asio::awaitable<void> check_access(store_access const& access, std::chrono::nanoseconds budget);

/// The status of an answer as if it came from the target: 200, 3xx where Redis says that another
/// node has the key, 4xx where the operation is to blame, 5xx where the store is.
int status_of(stores::store_answer const& answer) noexcept;

/// Connections to one store.
std::shared_ptr<stores::pipe> make_pipe(
    asio::any_io_executor const& core,
    store_access const& access,
    target::store_operation::kind store,
    bool is_shared
);

} // namespace watertight::traffic
