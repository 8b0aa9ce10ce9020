#include "harness/probe/postgres_scene.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/reproduction.hpp"
#include "harness/probe/findings.hpp"
#include "harness/probe/table_owner.hpp"

#include <algorithm>
#include <set>

namespace watertight::probe {

std::vector<std::string> texts_of(stores::postgres_rows const& rows)
{
    std::vector<std::string> out;
    for (auto const& row : rows.values) {
        if (!row.empty() && row[0]) out.push_back(*row[0]);
    }
    return out;
}

std::string digest_sql(std::string_view from)
{
    return fmt::format(
        "(select md5(coalesce(string_agg(v::text, ',' order by v::text), '')) from {} v)", from
    );
}

// Two readings tell what changes by itself; the third comes after a row of the other tenant.
// Where the application's role can't write the table: the server's own account takes a row of the
// victim's away, and asks before and after as that role.
static asio::awaitable<std::string>
moved_by_missing_row(context& ctx, row_scene& s, table base, std::string digest)
{
    auto const who = co_await s.site.role->look("", "select session_user");
    if (who.has_error() || who->values.empty() || !base.is_owned()) co_return std::string{};
    auto const stand = fmt::format(
        "set local session authorization {}; {}",
        stores::quote_literal(who->values[0][0].value_or("")),
        context_sql_of(ctx, s.intruder)
    );
    auto const row = fmt::format(
        "select t.tableoid, t.ctid from {} t where {} = {} limit 1",
        base.quoted(),
        base.owner_sql("t"),
        stores::quote_literal(stored_tenant_value(ctx, s.victim))
    );
    // Without what hangs on it, and without triggers.
    auto const whole = fmt::format(
        "begin; set local statement_timeout = '5s'; set local lock_timeout = '1s'; {0}; "
        "select set_config('watertight.digest1', {1}, true); "
        "select set_config('watertight.digest2', {1}, true); set local session authorization "
        "default; set local session_replication_role = replica; "
        "delete from {2} t where (t.tableoid, t.ctid) = ({3}); {0}; "
        "select current_setting('watertight.digest1'), current_setting('watertight.digest2'), {1}",
        stand,
        digest,
        base.quoted(),
        row
    );
    auto const rows = co_await s.site.db->script(whole, std::chrono::seconds{15});
    static_cast<void>(co_await s.site.db->script("rollback"));
    if (rows.has_error() || rows->values.empty()) co_return std::string{};
    auto const& seen = rows->values[0];
    if (seen[0] != seen[1] || seen[1] == seen[2]) co_return std::string{};
    auto const variable = variable_for(ctx, ctx.postgres_store().url);
    co_return evidence::psql_command(variable, whole + "; rollback");
}

asio::awaitable<std::string>
moved_by_victims_row(context& ctx, row_scene& s, table base, std::string digest)
{
    if (s.behind_views) co_return co_await moved_by_missing_row(ctx, s, base, std::move(digest));
    auto const home = s.by_schema ? tenant_of_schema(ctx, base.schema) : std::nullopt;
    if (home && home != s.victim) co_return std::string{};
    auto const standing = s.site.role->standing();
    if (home) s.site.role->stand_as(context_sql_of(ctx, s.victim));
    auto const facts = co_await s.site.role->facts_of(base);
    s.site.role->stand_as(standing);
    if (facts.has_error()) co_return std::string{};
    auto const own = stored_tenant_value(ctx, s.victim);
    std::map<std::string, std::string> const as_it_is;
    auto const write =
        home ? copy_row_sql(base, *facts, "true", as_it_is) : copy_row_sql(base, *facts, own, own);
    if (write.empty()) co_return std::string{};
    auto const enter = context_sql_of(ctx, s.intruder);
    auto const sql = fmt::format(
        "select set_config('watertight.digest1', {0}, true); "
        "select set_config('watertight.digest2', {0}, true); {1}; {2}; {3}; "
        "select current_setting('watertight.digest1'), current_setting('watertight.digest2'), {0}",
        digest,
        context_sql_of(ctx, s.victim),
        write,
        enter
    );
    auto const rows = co_await s.site.role->attempt(enter, sql);
    if (rows.has_error() || rows->values.empty()) co_return std::string{};
    auto const& row = rows->values[0];
    if (row[0] != row[1] || row[1] == row[2]) co_return std::string{};
    co_return s.site.role->reproduction(enter, sql);
}

std::string marked_rows_sql(table const& t)
{
    return fmt::format(
        "select t::text from {} t where {} limit 500", t.quoted(), marked_condition("t")
    );
}

static std::optional<evidence::sighting>
foreign_canary(context const& ctx, std::string_view text, tenant_index as)
{
    evidence::context where;
    where.tenant = as;
    for (auto& one : ctx.eye().foreign(text, where)) {
        if (one.kind != evidence::token_kind::identifier) return one;
    }
    return std::nullopt;
}

static asio::awaitable<bool> stands_in(stores::postgres& db, table t, std::string token)
{
    auto sql = fmt::format(
        "select 1 from {} t where t::text ilike {} limit 1",
        t.quoted(),
        stores::quote_literal("%" + token + "%")
    );
    auto const rows = co_await db.query(std::move(sql));
    co_return rows.has_value() && !rows->values.empty();
}

static asio::awaitable<bool> is_guarded_token(row_scene& s, std::string token)
{
    for (auto const& t : s.filtered) {
        auto const is_there = co_await stands_in(*s.site.db, t, token);
        if (is_there) co_return false;
    }
    for (auto const& t : s.guarded) {
        auto const is_there = co_await stands_in(*s.site.db, t, token);
        if (is_there) co_return true;
    }
    co_return false;
}

asio::awaitable<std::optional<evidence::sighting>>
guarded_token_in(context& ctx, row_scene& s, std::vector<std::string> texts)
{
    static constexpr int texts_max = 20;
    int tried = 0;
    for (auto const& text : texts) {
        auto token = foreign_canary(ctx, text, s.intruder);
        if (!token) continue;
        auto const counts = co_await is_guarded_token(s, token->token);
        if (counts) co_return token;
        if (++tried == texts_max) break;
    }
    co_return std::nullopt;
}

// The first two tenants that have rows in one guarded table, and whether the one that looks sees
// its own there.
static asio::awaitable<void> cast(context& ctx, row_scene& s)
{
    for (auto const& t : s.guarded) {
        auto const present = co_await tenants_in(ctx, *s.site.db, t);
        if (present.has_error() || present->size() < 2) continue;
        s.intruder = (*present)[0];
        s.victim = (*present)[1];
        auto enter = context_sql_of(ctx, s.intruder);
        auto const rows = co_await s.site.role->look(std::move(enter), marked_rows_sql(t));
        if (rows.has_error()) continue;
        for (auto const& text : texts_of(*rows)) {
            s.control = s.control || ctx.eye().shows_own(text, s.intruder);
        }
        if (s.control) co_return;
    }
}

static constexpr auto views_sql = R"sql(
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'v' and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_' and has_schema_privilege(n.oid, 'usage')
  and has_table_privilege(c.oid, 'select') order by 1, 2 limit 100)sql";

// Where the role is given no guarded table itself, its own is seen by a view, if at all.
static asio::awaitable<void> cast_by_views(context& ctx, row_scene& s)
{
    auto& role = *s.site.role;
    for (auto const& t : s.guarded) {
        auto const facts = co_await role.facts_of(t);
        if (facts.has_error() || facts->may_select) co_return;
    }
    auto const enter = context_sql_of(ctx, s.intruder);
    auto const views = co_await role.look(enter, views_sql);
    if (views.has_error()) co_return;
    for (auto const& row : views->values) {
        table v;
        v.schema = row[0].value_or("");
        v.name = row[1].value_or("");
        auto const rows = co_await role.look(enter, marked_rows_sql(v));
        if (rows.has_error()) continue;
        auto const texts = texts_of(*rows);
        s.control = std::ranges::any_of(texts, [&](auto const& text) {
            return ctx.eye().shows_own(text, s.intruder);
        });
        s.behind_views = s.control;
        if (s.control) co_return;
    }
}

// The first tenant who sees its own in its schema, and another who has one.
static asio::awaitable<void> cast_by_schema(context& ctx, row_scene& s)
{
    for (auto const& t : s.guarded) {
        auto const who = tenant_of_schema(ctx, t.schema);
        if (!who) continue;
        auto enter = context_sql_of(ctx, *who);
        auto const rows = co_await s.site.role->look(std::move(enter), marked_rows_sql(t));
        if (rows.has_error()) continue;
        for (auto const& text : texts_of(*rows)) {
            s.control = s.control || ctx.eye().shows_own(text, *who);
        }
        if (!s.control) continue;
        s.intruder = *who;
        for (auto const& other : s.guarded) {
            auto const owner = tenant_of_schema(ctx, other.schema);
            if (owner && owner != who) s.victim = *owner;
        }
        co_return;
    }
}

asio::awaitable<row_scene> open_row_scene(context& ctx, bool with_schemas)
{
    row_scene s;
    s.site = co_await open_role_site(ctx, !with_schemas);
    if (s.site.refusal()) co_return s;
    std::set<tenant_index> homes;
    for (auto const& t : s.site.tables) {
        auto const home = with_schemas ? tenant_of_schema(ctx, t.schema) : std::nullopt;
        if (home) homes.insert(*home);
        if (home || is_protected(ctx.postgres_store(), t))
            s.guarded.push_back(t);
        else if (t.is_owned() && !t.is_tenants && !t.link)
            s.filtered.push_back(t);
    }
    // What a guarded table shows with its own is promised with it.
    std::erase_if(s.filtered, [&](table const& t) {
        return std::ranges::count(s.guarded, t.inherits_from, &table::display) != 0;
    });
    if (s.guarded.empty() && ctx.postgres_store().row_security.empty()) {
        s.site.not_applicable = "tables under row-level security, or schemas of tenants' own";
        co_return s;
    }
    co_await cast(ctx, s);
    if (!s.control) co_await cast_by_views(ctx, s);
    s.by_schema = !s.control && homes.size() > 1;
    if (!s.by_schema) co_return s;
    co_await cast_by_schema(ctx, s);
    s.site.role->stand_as(context_sql_of(ctx, s.intruder));
    co_return s;
}

} // namespace watertight::probe
