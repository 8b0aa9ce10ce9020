#include "harness/probe/postgres_role.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/reproduction.hpp"
#include "harness/probe/findings.hpp"
#include "harness/probe/table_owner.hpp"
#include "harness/stores/postgres_address.hpp"

#include <algorithm>

namespace watertight::probe {

using stores::postgres_rows;
using stores::quote_identifier;
using stores::quote_literal;

static constexpr auto limits_sql =
    "set local statement_timeout = '4s'; set local lock_timeout = '300ms'; "
    "set local idle_in_transaction_session_timeout = '20s'; ";

static constexpr auto facts_sql = R"sql(
select has_table_privilege(c.oid, 'select')::int, has_table_privilege(c.oid, 'delete')::int,
       has_table_privilege(c.oid, 'truncate')::int,
       pg_has_role(c.relowner, 'usage')::int,
       a.attname, format_type(a.atttypid, a.atttypmod), (not a.attnotnull)::int,
       (a.attgenerated <> '')::int,
       has_column_privilege(c.oid, a.attnum, 'insert')::int,
       has_column_privilege(c.oid, a.attnum, 'update')::int,
       exists (select from pg_index i where i.indrelid = c.oid and i.indisunique
               and a.attnum = any (i.indkey))::int,
       exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'
               and a.attnum = any (k.conkey))::int
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = {} and c.relname = {}
order by a.attnum)sql";

bool is_protected(target::postgres_store const& store, table const& t)
{
    if (store.row_security.empty()) return t.row_security || t.has_policies;
    auto const names_it = [&](std::string const& name) {
        return name == t.name || name == t.display() || (name == "*" && t.is_guarded_kind);
    };
    return std::ranges::any_of(store.row_security, names_it);
}

asio::awaitable<result<std::vector<tenant_index>>>
tenants_in(context& ctx, stores::postgres& db, table t)
{
    std::vector<tenant_index> out;
    if (!t.is_owned()) co_return out;
    auto sql = fmt::format("select distinct {} from {} t", t.owner_sql("t"), t.quoted());
    auto const rows = co_await db.query(std::move(sql));
    if (rows.has_error()) co_return rows.error();
    for (auto const tenant : ctx.tenants()) {
        auto const value = stored_tenant_value(ctx, tenant);
        auto const is_there = [&](auto const& row) { return row[0] == value; };
        if (std::ranges::any_of(rows->values, is_there)) out.push_back(tenant);
    }
    co_return out;
}

bool column_facts::is_text() const
{
    // An extension's type has its schema before it where the search path does not lead there.
    return type == "text" || type.ends_with("citext") || type.starts_with("character");
}

bool column_facts::is_integer() const
{
    return type == "integer" || type == "bigint";
}

column_facts const* role_facts::find(std::string_view column) const
{
    auto const at = std::ranges::find(columns, column, &column_facts::name);
    return at == columns.end() ? nullptr : &*at;
}

bool role_facts::may_insert() const
{
    return std::ranges::any_of(columns, &column_facts::may_insert);
}

role_session::role_session(stores::postgres link, std::string variable)
    : link_{std::move(link)}, variable_{std::move(variable)}
{
}

asio::awaitable<result<role_session>> role_session::open(context& ctx)
{
    auto link = co_await ctx.app_postgres();
    if (link.has_error()) co_return link.error();
    auto variable = variable_for(ctx, ctx.postgres_store().app_role_url);
    co_return role_session{std::move(*link), std::move(variable)};
}

asio::awaitable<result<postgres_rows>> role_session::within(std::string begin, std::string sql)
{
    if (!link_.is_open()) {
        auto const again = co_await link_.reconnect(std::chrono::seconds{5});
        if (again.has_error()) co_return again.error();
    }
    auto rows =
        co_await link_.script(begin + limits_sql + std::move(sql), std::chrono::seconds{15});
    static_cast<void>(co_await link_.script("rollback", std::chrono::seconds{5}));
    co_return rows;
}

static std::string ended(std::string enter)
{
    if (!enter.empty()) enter += "; ";
    return enter;
}

asio::awaitable<result<postgres_rows>> role_session::attempt(std::string enter, std::string sql)
{
    return within("begin; ", ended(std::move(enter)) + sql);
}

asio::awaitable<result<postgres_rows>> role_session::look(std::string enter, std::string sql)
{
    return within("begin read only; ", ended(std::move(enter)) + sql);
}

asio::awaitable<result<postgres_rows>> role_session::say(std::string sql)
{
    return link_.script(std::move(sql), std::chrono::seconds{10});
}

asio::awaitable<result<role_facts>> role_session::facts_of(table t)
{
    auto sql = fmt::format(facts_sql, quote_literal(t.schema), quote_literal(t.name));
    auto const rows = co_await look(standing_, std::move(sql));
    if (rows.has_error()) co_return rows.error();
    role_facts out;
    for (auto const& row : rows->values) {
        auto const says = [&](std::size_t i) { return row[i] == "1"; };
        out.may_select = says(0);
        out.may_delete = says(1);
        out.may_truncate = says(2);
        out.owns = says(3);
        column_facts c{.name = *row[4], .type = *row[5]};
        c.is_nullable = says(6);
        c.is_generated = says(7);
        c.may_insert = says(8) && !c.is_generated;
        c.may_update = says(9) && !c.is_generated;
        c.is_unique = says(10);
        c.refers = says(11);
        out.columns.push_back(std::move(c));
    }
    co_return out;
}

std::string role_session::reproduction(std::string_view enter, std::string_view sql) const
{
    auto const whole = fmt::format("begin; {}{}; rollback", ended(std::string{enter}), sql);
    return evidence::psql_command(variable_, whole);
}

asio::awaitable<result<stores::postgres>> connect_as(context& ctx, std::string role, bool is_wrong)
{
    auto direct = stores::complete_postgres_address(ctx.postgres_store().url);
    auto const own = stores::complete_postgres_address(ctx.postgres_store().app_role_url);
    if (direct.has_error()) co_return direct.error();
    if (own.has_error()) co_return own.error();
    std::string const password{is_wrong ? "watertight-is-no-password" : own->get("password")};
    std::string address;
    for (auto const& [keyword, value] : direct->settings) {
        if (keyword == "user" || keyword == "password" || value.empty()) continue;
        auto const escaped = replace_all(replace_all(value, "\\", "\\\\"), "'", "\\'");
        address += fmt::format("{}='{}' ", keyword, escaped);
    }
    address += fmt::format("user='{}' password='{}'", role, password);
    auto link = co_await stores::postgres::connect(ctx.core(), address, std::chrono::seconds{3});
    co_return link;
}

std::optional<conclusion> role_site::refusal() const
{
    if (not_applicable.empty() && failure.empty()) return std::nullopt;
    conclusion out;
    out.not_applicable = not_applicable;
    if (!failure.empty()) out.add_undecided(failure);
    return out;
}

asio::awaitable<role_site> open_role_site(context& ctx, bool needs_row_security)
{
    role_site out;
    if (!ctx.has_postgres() || !ctx.has_app_postgres()) {
        out.not_applicable = "stores.postgres with url and app_role_url";
        co_return out;
    }
    auto const& store = ctx.postgres_store();
    if (!has_context(store)) {
        out.not_applicable = "stores.postgres with a context";
        co_return out;
    }
    auto const db = co_await ctx.postgres();
    if (db.has_error()) {
        out.failure = db.error().message;
        co_return out;
    }
    out.db = *db;
    auto role = co_await role_session::open(ctx);
    auto tables = co_await list_tables(**db, store);
    if (role.has_error() || tables.has_error()) {
        out.failure = role.has_error() ? role.error().message : tables.error().message;
        co_return out;
    }
    out.tables = std::move(*tables);
    auto const is_guarded = [&](table const& t) { return is_protected(store, t); };
    if (needs_row_security && store.row_security.empty() &&
        std::ranges::none_of(out.tables, is_guarded))
    {
        out.not_applicable =
            "stores.postgres names no tables under row-level security, and none is";
        co_return out;
    }
    co_await learn_tenant_values(ctx, **db, out.tables);
    // What is read-only by its own setting, as a pooler's for readers is, is as good as a replica.
    auto const replica =
        co_await role->say("select (pg_is_in_recovery() or "
                           "current_setting('default_transaction_read_only')::bool)::int");
    out.is_replica = replica.has_value() && replica->values[0][0] == "1";
    role->stand_as(standing_sql(ctx));
    out.role.emplace(std::move(*role));
    co_return out;
}

// A value for a column of a unique key that nobody has; empty to keep the one that is there.
static std::string new_value(column_facts const& c)
{
    if (c.type == "uuid") return "gen_random_uuid()";
    if (c.is_text()) return "left(md5(random()::text), 12)";
    if (c.is_integer()) return "1000000000 + floor(random() * 1000000000)::int";
    // No further off than the part of a table in which it lies.
    if (c.type.starts_with("timestamp")) {
        return "r." + quote_identifier(c.name) + " + random() * interval '1 second'";
    }
    return {};
}

std::string copy_row_sql(
    table const& t,
    role_facts const& facts,
    std::string_view from,
    std::string_view to,
    std::map<std::string, std::string> const& fixed
)
{
    auto known = fixed;
    known.emplace(t.tenant_column, quote_literal(to));
    auto const where =
        fmt::format("r.{} = {}", quote_identifier(t.tenant_column), quote_literal(from));
    return copy_row_sql(t, facts, where, known);
}

std::string copy_row_sql(
    table const& t,
    role_facts const& facts,
    std::string_view where,
    std::map<std::string, std::string> const& fixed
)
{
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (auto const& c : facts.columns) {
        if (!c.may_insert) continue;
        auto const name = quote_identifier(c.name);
        std::string value;
        if (auto const at = fixed.find(c.name); at != fixed.end()) {
            value = at->second;
        } else if (c.is_unique && !c.refers) {
            value = new_value(c);
        } else if (c.refers && c.is_nullable) {
            value = "null";
        }
        names.push_back(name);
        values.push_back(value.empty() ? "r." + name : value);
    }
    if (names.empty()) return {};
    return fmt::format(
        "insert into {} ({}) overriding system value select {} from {} r where {} limit 1",
        t.quoted(),
        join(names, ", "),
        join(values, ", "),
        t.quoted(),
        where
    );
}

bool is_forbidden(failure const& f)
{
    return f.detail == "42501" || f.detail == "P0001";
}

bool is_constraint(failure const& f)
{
    return f.detail.starts_with("23");
}

} // namespace watertight::probe
