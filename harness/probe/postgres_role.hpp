#pragma once

#include "harness/probe/store_scan.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// Whether the scenario says that the database itself keeps this table's rows apart: it names the
/// table, or "*" and the table is of a kind that is guarded. Where it says nothing of tables, those
/// are meant that have row security or policies.
bool is_protected(target::postgres_store const& store, table const& t);

/// Whether the scenario says how a transaction comes into a tenant's context.
bool has_context(target::postgres_store const& store);

/// A setting of a transaction that belongs to a tenant, and its value for one.
struct tenant_setting {
    std::string name{};
    std::string value{};
};

/// What the scenario's `context` means for this tenant: one setting that holds what stands in the
/// tenant column, or "name = text with slots", several of them apart by semicolons ("role",
/// "search_path", claims).
std::vector<tenant_setting> settings_of(context& ctx, tenant_index t);

/// SQL that puts a transaction into the tenant's context, for itself alone.
std::string context_sql_of(context& ctx, tenant_index t);
/// The same with any text where the tenant's value would stand; empty if it stands nowhere.
std::string context_sql_like(context& ctx, tenant_index t, std::string_view value);
/// The part of it that names the role in which a tenant's work is done; empty if nothing does.
std::string standing_sql(context& ctx);
/// Whether each tenant has a role of the database of its own.
bool has_role_each(context& ctx);
/// The part of it that is the same for all tenants, such as a role that they share: nobody's
/// context. Empty if there is none.
std::string context_base_sql(context& ctx);

/// The tenants of the run that have rows in the table, as `db` sees it.
asio::awaitable<result<std::vector<tenant_index>>>
tenants_in(context& ctx, stores::postgres& db, table t);

/// A column, as far as a write has to know.
struct column_facts {
    std::string name{};
    /// "uuid", "character varying(255)".
    std::string type{};
    bool is_nullable = false;
    /// Computed by the database, so that nothing may be written to it.
    bool is_generated = false;
    bool may_insert = false;
    bool may_update = false;
    /// Part of a unique key or of a foreign key.
    bool is_unique = false;
    bool refers = false;

    bool is_text() const;
    bool is_integer() const;
};

/// What the role that asks may do with a table.
struct role_facts {
    bool may_select = false;
    bool may_delete = false;
    bool may_truncate = false;
    /// The role is the table's owner, or may act as it.
    bool owns = false;
    std::vector<column_facts> columns{};

    column_facts const* find(std::string_view column) const;
    bool may_insert() const;
};

/// Sessions as the application's own role. Every transaction ends in a rollback, and each statement
/// has a time limit of its own, so that nothing stays and nobody waits.
class role_session {
public:
    static asio::awaitable<result<role_session>> open(context& ctx);

    /// One transaction: `enter` (a context's SQL; may be empty), then `sql`, which may be several
    /// statements. @return the last one's rows, or the first failure.
    asio::awaitable<result<stores::postgres_rows>> attempt(std::string enter, std::string sql);
    /// The same in a transaction that can't write.
    asio::awaitable<result<stores::postgres_rows>> look(std::string enter, std::string sql);
    /// `sql` as it stands, without a transaction of its own.
    asio::awaitable<result<stores::postgres_rows>> say(std::string sql);

    /// `standing_sql`: privileges are that role's.
    std::string const& standing() const noexcept { return standing_; }
    void stand_as(std::string sql) { standing_ = std::move(sql); }

    /// What this role may do with the table.
    asio::awaitable<result<role_facts>> facts_of(table t);

    /// A command to paste that does the same.
    std::string reproduction(std::string_view enter, std::string_view sql) const;
    stores::postgres& link() noexcept { return link_; }

private:
    role_session(stores::postgres link, std::string variable);
    asio::awaitable<result<stores::postgres_rows>> within(std::string begin, std::string sql);

    stores::postgres link_;
    std::string variable_;
    std::string standing_;
};

/// A connection as another role with the application's own password, straight to the server that
/// the privileged connection goes to. @param is_wrong  with a password that is nobody's instead.
asio::awaitable<result<stores::postgres>> connect_as(context& ctx, std::string role, bool is_wrong);

/// What probes of row security need to begin with.
struct role_site {
    /// What the scenario lacks; empty if it lacks nothing.
    std::string not_applicable{};
    /// Why it can't be had; empty if it can.
    std::string failure{};
    /// The privileged connection.
    stores::postgres* db = nullptr;
    std::optional<role_session> role{};
    std::vector<table> tables{};
    /// The application's server, or its own session, takes no writes.
    bool is_replica = false;

    /// The conclusion of a probe that can't begin; nothing if it can.
    std::optional<conclusion> refusal() const;
};

/// @param needs_row_security  there is nothing to do where no table is under row security.
asio::awaitable<role_site> open_role_site(context& ctx, bool needs_row_security = true);

/// SQL that copies one row of the tenant `from` (its stored value), with another tenant's value in
/// the tenant column, new values where a unique key stands and nothing where it may refer to
/// nothing. Empty where the role may not insert. @param fixed  SQL for columns by name, in place of
/// all that.
std::string copy_row_sql(
    table const& t,
    role_facts const& facts,
    std::string_view from,
    std::string_view to,
    std::map<std::string, std::string> const& fixed = {}
);

/// The same with a condition on the row, which is called r there, and values by column.
std::string copy_row_sql(
    table const& t,
    role_facts const& facts,
    std::string_view where,
    std::map<std::string, std::string> const& fixed
);

/// A row policy, a missing privilege or a trigger that raises an exception refused it.
bool is_forbidden(failure const& f);
/// An integrity constraint refused it: the database asks for those after the policies.
bool is_constraint(failure const& f);

} // namespace watertight::probe
