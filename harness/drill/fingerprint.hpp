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
    /// Two sums of differently seeded row hashes.
    std::string digest;
    /// Sorted by name.
    std::vector<std::string> columns;
};

/// "schema.table" to its fingerprint, over the columns that the table has now.
using fingerprint = std::map<std::string, table_fingerprint>;

/// All tables are read in one snapshot. Row-level security that would hide rows is a failure.
///
/// @param tables  as "schema.table"; empty: every ordinary table outside the system schemas.
/// @return the fingerprints; a table that is named but absent is left out.
asio::awaitable<result<fingerprint>>
take_fingerprint(stores::postgres& db, std::vector<std::string> tables);

/// A fingerprint with the single rows of the tables that are small enough, so that what was there
/// before can be told from what was added meanwhile.
struct table_contents {
    table_fingerprint whole;
    /// Primary key to the row's hash; the hash to itself, numbered, where there is no key.
    std::map<std::string, std::string> rows;
    /// False if the table has more rows than are kept.
    bool has_rows = false;
};

using contents = std::map<std::string, table_contents>;

/// Tables up to this size are compared row by row.
inline constexpr std::uint64_t rows_kept_max = 200'000;

asio::awaitable<result<contents>>
take_contents(stores::postgres& db, std::vector<std::string> tables);

} // namespace watertight::drill
