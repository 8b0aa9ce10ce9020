#include "probes/postgres/cross_writes/views.hpp"

#include "harness/probe/table_owner.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <map>

namespace watertight::probes::postgres::cross_writes {

using stores::quote_identifier;
using stores::quote_literal;

// With the tables that it is made of, and whether it takes what is inserted and changed.
static constexpr auto views_sql = R"sql(
with recursive uses as (
    select w.ev_class as view, d.refobjid as rel from pg_rewrite w
    join pg_depend d on d.objid = w.oid and d.classid = 'pg_rewrite'::regclass
      and d.refclassid = 'pg_class'::regclass and d.refobjid <> w.ev_class
    union select u.view, d.refobjid from uses u join pg_rewrite w on w.ev_class = u.rel
    join pg_depend d on d.objid = w.oid and d.classid = 'pg_rewrite'::regclass
      and d.refclassid = 'pg_class'::regclass and d.refobjid <> u.rel)
select n.nspname, v.relname,
       string_agg(distinct f.nspname || '.' || c.relname, E'\x1f'),
       (pg_relation_is_updatable(v.oid, true) & 8 > 0)::int,
       (pg_relation_is_updatable(v.oid, true) & 4 > 0)::int
from uses u join pg_class v on v.oid = u.view and v.relkind = 'v'
join pg_namespace n on n.oid = v.relnamespace
join pg_class c on c.oid = u.rel and c.relkind in ('r', 'p')
join pg_namespace f on f.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
group by n.nspname, v.relname, v.oid order by 1, 2 limit 500)sql";

namespace {

/// A view that takes writes, as a table whose tenant column is that of a table behind it.
struct written_view {
    probe::table t{};
    /// The table that the column is of.
    probe::table base{};
    bool takes_inserts = false;
    bool takes_updates = false;
};

} // namespace

static std::vector<written_view>
views_of(stores::postgres_rows const& rows, probe::context& ctx, probe::role_site const& site)
{
    static constexpr char list_separator = '\x1f';
    std::vector<written_view> out;
    for (auto const& row : rows.values) {
        written_view v{.takes_inserts = row[3] == "1", .takes_updates = row[4] == "1"};
        v.t.schema = *row[0];
        v.t.name = *row[1];
        auto const names = row[2].value_or("");
        for (auto const name : split(names, list_separator)) {
            auto const base = std::ranges::find(site.tables, name, &probe::table::display);
            if (base == site.tables.end() || base->is_tenants) continue;
            if (!probe::is_protected(ctx.postgres_store(), *base)) continue;
            if (base->tenant_column.empty()) continue;
            v.t.tenant_column = base->tenant_column;
            v.base = *base;
        }
        if (v.t.tenant_column.empty() || !(v.takes_inserts || v.takes_updates)) continue;
        out.push_back(std::move(v));
    }
    return out;
}

// What the owner sees of the view before and after the intruder's statement, in one transaction.
static std::string watched(
    probe::context& ctx,
    probe::table const& t,
    tenant_index by,
    tenant_index of,
    std::string const& sql
)
{
    return fmt::format(
        "{0}; select set_config('watertight.rows', count(*)::text, true) from {1}; {2}; {3}; {0}; "
        "select count(*) - current_setting('watertight.rows')::bigint from {1}",
        probe::context_sql_of(ctx, of),
        t.quoted(),
        probe::context_sql_of(ctx, by),
        sql
    );
}

static asio::awaitable<attempt> try_one(
    probe::context& ctx,
    probe::role_session& role,
    probe::table t,
    trial const& of,
    std::string verb,
    std::string sql
)
{
    auto const is_insert = verb == "INSERT";
    attempt a{.verb = std::move(verb)};
    a.aim = is_insert ? "insert a row of another tenant's" : "give its rows to another tenant";
    auto const whole = watched(ctx, t, of.intruder, of.victim, sql);
    a.reproduction = role.reproduction("", whole);
    auto const answer = co_await role.attempt("", whole);
    if (answer.has_value() && !answer->values.empty()) {
        auto const more = answer->values[0][0].value_or("0");
        a.how = more != "0" && !more.starts_with('-') ? ending::touched : ending::nothing;
    } else if (answer.has_error()) {
        a.failure = answer.error().message;
        // A trigger raises what it likes: that nothing was written is all that counts.
        a.how = ending::refused;
    }
    // The control: a row of the intruder's own, by the same way.
    auto const theirs = quote_literal(probe::stored_tenant_value(ctx, of.victim));
    auto const its = quote_literal(probe::stored_tenant_value(ctx, of.intruder));
    auto const alone = watched(ctx, t, of.intruder, of.intruder, replace_all(sql, theirs, its));
    auto const own = co_await role.attempt("", alone);
    a.owner_may = own.has_value();
    co_return a;
}

// A view knows nothing of keys: what they are is the table's to say.
static asio::awaitable<result<probe::role_facts>>
facts_of(probe::role_session& role, written_view const& v)
{
    auto facts = co_await role.facts_of(v.t);
    auto const behind = co_await role.facts_of(v.base);
    if (facts.has_error() || behind.has_error()) co_return facts;
    for (auto& c : facts->columns) {
        auto const* const own = behind->find(c.name);
        if (own == nullptr) continue;
        c.is_unique = own->is_unique;
        c.refers = own->refers;
        c.is_nullable = own->is_nullable;
    }
    co_return facts;
}

static asio::awaitable<void>
try_view(probe::context& ctx, probe::role_session& role, written_view v, trial& out)
{
    auto const facts = co_await facts_of(role, v);
    if (facts.has_error() || !facts->may_select) co_return;
    auto const* const column = facts->find(v.t.tenant_column);
    if (column == nullptr) co_return;
    auto const theirs = probe::stored_tenant_value(ctx, out.victim);
    auto const own = probe::stored_tenant_value(ctx, out.intruder);
    if (v.takes_inserts && column->may_insert) {
        auto sql = probe::copy_row_sql(v.t, *facts, own, theirs);
        sql = replace_all(std::move(sql), " overriding system value", "");
        if (!sql.empty()) {
            auto a = co_await try_one(ctx, role, v.t, out, "INSERT", std::move(sql));
            if (a.how == ending::touched || a.owner_may) out.attempts.push_back(std::move(a));
        }
    }
    if (v.takes_updates && column->may_update) {
        auto sql = fmt::format(
            "update {} set {} = {}",
            v.t.quoted(),
            quote_identifier(v.t.tenant_column),
            quote_literal(theirs)
        );
        auto a = co_await try_one(ctx, role, v.t, out, "UPDATE", std::move(sql));
        if (a.how == ending::touched || a.owner_may) out.attempts.push_back(std::move(a));
    }
}

asio::awaitable<void> try_views(
    probe::context& ctx, stores::postgres& db, probe::role_site& site, std::vector<trial>& out
)
{
    auto const rows = co_await db.query(views_sql);
    auto const tenants = ctx.tenants();
    if (rows.has_error() || tenants.size() < 2) co_return;
    for (auto const& v : views_of(*rows, ctx, site)) {
        trial one{.table = v.t.display(), .victim = tenants[0], .intruder = tenants[1]};
        co_await try_view(ctx, *site.role, v, one);
        if (!one.attempts.empty()) out.push_back(std::move(one));
        ctx.tick();
    }
}

} // namespace watertight::probes::postgres::cross_writes
