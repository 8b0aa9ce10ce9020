#pragma once

#include "harness/probe/context.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// A table of the live catalogue.
struct table {
    std::string schema{};
    std::string name{};
    std::vector<std::string> columns{};
    /// The column that names the owner; empty if none was found.
    std::string tenant_column{};
    bool row_security = false;
    bool forced = false;

    /// "public.users".
    std::string display() const { return schema + "." + name; }
    /// Quoted for SQL.
    std::string quoted() const;
};

/// Every table, partitioned table and materialised view outside the system schemas, except those
/// that the scenario excludes; the tenant column is the scenario's, else a well-known name.
asio::awaitable<result<std::vector<table>>>
list_tables(stores::postgres& db, target::postgres_store const& store);

/// A row (or a key) that carries tokens of the run.
struct marked_row {
    /// What the tenant column holds; nothing for NULL or without such a column.
    std::optional<std::string> tenant_value{};
    std::string text{};
    std::vector<evidence::sighting> tokens{};
};

/// The canaries (text and numbers) in what a store holds; identifiers stand in every row.
std::vector<evidence::sighting> canaries_in(context const& ctx, std::string_view text);

/// SQL that holds for rows of `alias` that may carry a canary: what the database can tell of it.
std::string marked_condition(std::string_view alias);

/// The rows of `t` that carry a canary (text or number), at most `rows_max`.
asio::awaitable<result<std::vector<marked_row>>>
marked_rows(context& ctx, stores::postgres& db, table const& t, std::size_t rows_max);

/// Shell-style matching with '*' and '?', as Redis does it for patterns without brackets.
bool glob_matches(std::string_view pattern, std::string_view text);

/// The value that the store's tenant column holds for this tenant.
std::string stored_tenant_value(context& ctx, tenant_index t);

} // namespace watertight::probe
