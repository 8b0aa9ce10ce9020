#pragma once

#include "harness/probe/context.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// The foreign key by which a row belongs to another, which names its owner.
struct owner_link {
    std::vector<std::string> columns{};
    /// As `table::display` calls it.
    std::string parent{};
    std::vector<std::string> parent_columns{};
    /// No other key leads to an owner, or this one alone makes the row a part of something.
    bool is_certain = false;
    /// SQL: the parent, what it is called there, and its owner.
    std::string parent_quoted{};
    std::string alias{};
    std::string owner_sql{};
};

/// A table of the live catalogue.
struct table {
    std::string schema{};
    std::string name{};
    std::vector<std::string> columns{};
    /// The column that names the owner; empty if none was found.
    std::string tenant_column{};
    /// That column is a usual one, while other tables have the scenario's own: it may name a
    /// customer as well.
    bool is_guessed = false;
    /// Several columns that name it together; of the tenants' own table its key.
    std::vector<std::string> key_columns{};
    /// The way to an owner where no column of its own names one.
    std::optional<owner_link> link{};
    /// Links on that way.
    int depth = 0;
    bool is_tenants = false;
    bool row_security = false;
    bool forced = false;
    bool has_policies = false;
    /// As `display` calls it; empty if it is nobody's child.
    std::string inherits_from{};
    /// "*" means it: a column names the owner, or a link does and the service guards such tables.
    bool is_guarded_kind = false;

    /// "public.users".
    std::string display() const { return schema + "." + name; }
    /// Quoted for SQL.
    std::string quoted() const;
    /// Whether it can be told whose a row is.
    bool is_owned() const { return !tenant_column.empty() || !key_columns.empty() || link; }
    /// What names the owner of a row of this alias, as text, to whoever sees every row; "null" if
    /// nothing does.
    std::string owner_sql(std::string_view of) const;
};

/// Every table, partitioned table and materialised view outside the system schemas, except those
/// that the scenario excludes, with what names their rows' owners: `find_owners`.
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
