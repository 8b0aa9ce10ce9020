#pragma once

#include "harness/stores/postgres.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watertight::drill {

/// Order-independent digest of a table, computed in the store.
struct table_fingerprint {
    std::uint64_t rows = 0;
    std::string digest;
    std::vector<std::string> columns;
};

/// "schema.table" to its fingerprint, over the columns that the table has now.
using fingerprint = std::map<std::string, table_fingerprint>;

/// @param tables  as "schema.table"; empty: every ordinary table outside the system schemas.
asio::awaitable<result<fingerprint>> take_fingerprint(
    stores::postgres& db,
    std::vector<std::string> tables
);

}  // namespace watertight::drill
