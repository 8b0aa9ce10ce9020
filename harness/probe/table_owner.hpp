#pragma once

#include "harness/probe/store_scan.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probe {

/// A foreign key of the live catalogue; tables as `table::display` calls them.
struct foreign_key {
    std::string from{};
    std::string to{};
    /// Of one length: what refers, and what is referred to.
    std::vector<std::string> columns{};
    std::vector<std::string> parent_columns{};
    /// No row is without it.
    bool is_required = false;
    /// Rows go with their parent: they are a part of it.
    bool cascades = false;
};

/// Says of each table what names the owner of its rows: a column of its own (the scenario's name,
/// "a,b" for a key of several, else a usual one, else the only foreign key to the tenants' own
/// table); for the tenants' table its key; for all others the foreign keys, none of them nullable,
/// that lead to a table of which it is known.
void find_owners(
    std::vector<table>& tables, std::vector<foreign_key> const& keys, std::string_view preferred
);

/// Whether a table of this name is one of people, who may be known to several tenants.
bool is_of_people(std::string_view name);

asio::awaitable<result<std::vector<foreign_key>>> list_foreign_keys(stores::postgres& db);

/// How rows of a table are told apart by whoever sees that table alone.
struct owner_keys {
    /// Columns of the table's own.
    std::vector<std::string> columns{};
    /// What they hold, as `text_sql` puts it, for rows of each of the run's tenants.
    std::map<std::string, tenant_index, std::less<>> owners{};

    /// The columns of this alias as one text; "null" if there are none.
    std::string text_sql(std::string_view of) const;
    /// A condition on rows of this alias that are the tenant's; "false" where it can't have any.
    std::string condition(tenant_index who, std::string_view of) const;
    /// Columns and values that make a row this tenant's; empty if it has no key to give.
    std::vector<std::pair<std::string, std::string>> values(tenant_index who) const;
};

/// @param db  sees every row.
asio::awaitable<result<owner_keys>> owner_keys_of(context& ctx, stores::postgres& db, table t);

/// The tenant whose schema this is: the only one in whose context `search_path` leads there, or the
/// one after whose slug or stored value it is named. Nothing if it is no tenant's.
std::optional<tenant_index> tenant_of_schema(context& ctx, std::string_view schema);

/// What the store calls each of the run's tenants, where that is known, and as a list for SQL.
std::map<std::string, tenant_index> values_of_tenants(context& ctx);
std::string literals_of(std::map<std::string, tenant_index> const& values);

/// Where no row anywhere names one of the run's tenants by the scenario's `tenant_value`: learns
/// from rows with canaries by what the database itself calls each, so that `stored_tenant_value`
/// knows. Asks once a run. @param db  sees every row.
asio::awaitable<void>
learn_tenant_values(context& ctx, stores::postgres& db, std::vector<table> tables);

} // namespace watertight::probe
