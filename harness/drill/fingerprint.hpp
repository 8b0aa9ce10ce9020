#pragma once

#include "harness/stores/postgres.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

/// How many rows, and two sums of their hashes: the same whatever the rows' order.
struct row_sums {
    std::uint64_t rows = 0;
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    bool operator==(row_sums const&) const = default;
    row_sums& operator+=(row_sums const& other) noexcept;
    row_sums& operator-=(row_sums const& other) noexcept;
};

/// One row of this text.
row_sums sums_of(std::string const& text);

/// What the tenant column holds; nothing for NULL.
using tenant_value = std::optional<std::string>;

/// Order-independent digest of a table, computed in the store where that can be.
struct table_fingerprint {
    row_sums all{};
    /// Sorted by name.
    std::vector<std::string> columns{};
    /// The column or field that names the tenant; empty: none was found, and `tenants` is empty.
    std::string tenant_by{};
    std::map<tenant_value, row_sums> tenants{};
};

/// A row as far as it is kept.
struct kept_row {
    /// Of all that it holds but its tenant.
    std::string hash{};
    tenant_value tenant{};
    /// Of all but its key and its tenant, and shorter; empty where nothing else is held, or nothing
    /// tells the key from the rest.
    std::string body{};
    /// It shows a mark of the drill's traffic; told only where it is asked for.
    bool is_own = false;
};

/// A fingerprint with the single rows of the tables that are small enough, so that what was there
/// before can be told from what was added meanwhile.
struct table_contents {
    table_fingerprint whole{};
    /// Primary key to the row; the hash itself, numbered, where there is no key.
    std::map<std::string, kept_row> rows{};
    /// False if the table has more rows than are kept.
    bool has_rows = false;
    /// Of a table without kept rows: those that the drill's own traffic wrote.
    table_fingerprint written{};
    /// Of documents: the names of their outermost fields.
    std::set<std::string> fields{};
    /// The partitioned tables of which it is a part, as "schema.table".
    std::vector<std::string> part_of{};
    /// It is named after what it holds (keys of Redis, files), and comes and goes with that.
    bool is_family = false;
    /// Why a difference means little ("entries that expire"); empty: it means what it says.
    std::string excuse{};
};

/// "schema.table" to what it holds.
using contents = std::map<std::string, table_contents>;
std::uint64_t rows_in(contents const& all);

/// Tables up to this size are compared row by row.
inline constexpr std::uint64_t rows_kept_max = 200'000;

/// Columns or fields by table: of these tables only these are looked at.
using narrowed = std::map<std::string, std::set<std::string>>;

struct fingerprint_options {
    /// As "schema.table"; a partitioned table is all of its parts. Empty: every ordinary table
    /// outside the system schemas.
    std::vector<std::string> tables{};
    /// The column that names the tenant, where one is known; otherwise it is found by convention.
    std::string tenant_column{};
    std::uint64_t rows_max = rows_kept_max;
    narrowed only{};
    /// Whether the text of a row shows that the drill's traffic wrote it; may be empty.
    std::function<bool(std::string_view)> is_own{};
    /// Tell that of each row that is kept, too.
    bool marks_rows = false;
};

/// All tables are read in one snapshot, each in one pass. Row-level security that would hide rows
/// is a failure.
/// @return the contents; a table that is named but absent is left out.
asio::awaitable<result<contents>> take_contents(stores::postgres& db, fingerprint_options o);

/// "public.users" to its column, of the tables in which one names the tenant: `hint` where a table
/// has it, otherwise what the words of the columns, the policies and the foreign keys say.
asio::awaitable<result<std::map<std::string, std::string>>>
find_tenant_columns(stores::postgres& db, std::string hint);

} // namespace watertight::drill
