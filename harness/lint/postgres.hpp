#pragma once

#include "harness/base/error.hpp"
#include "harness/lint/report.hpp"
#include "harness/net/asio.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace watertight::lint {

struct postgres_options {
    std::string url{};
    /// What names the tenant, where it is known: each a column, or several with commas.
    std::vector<std::string> tenant_columns{};
    /// The roles that the application connects as, where they are known.
    std::vector<std::string> app_roles{};
    /// "table", "schema.table" or "schema.*" that hold no tenant's data.
    std::vector<std::string> exclude{};
    std::chrono::milliseconds statement_timeout{10'000};
    std::chrono::milliseconds lock_timeout{1'000};
};

/// Looks at a live PostgreSQL's catalogue. Each query is a read-only transaction of its own with
/// both timeouts, so that a standby or a pooler serves as well. A lint that fails is undecided.
///
/// @return `unreachable` and the like if there is no connection or its catalogue can't be read.
asio::awaitable<result<report>>
examine_postgres(asio::any_io_executor core, postgres_options o, std::vector<postgres_unit> units);

} // namespace watertight::lint
