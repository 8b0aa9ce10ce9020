#include "probes/postgres/row_security/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/reach.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::row_security {

constexpr probe::spec spec{
    .id = "postgres.row_security",
    .title = "Row-level security does not hold for the application's role",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-284",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P01 P02 P03 P04 P05 P07 P12 P13 P14",
    .rationale =
        "A table made later, a policy that is always true, a role that owns the table: the "
        "policies are there and stop nobody. Only reading as the application's own role "
        "tells.",
    .remedy = "ENABLE and FORCE ROW LEVEL SECURITY on every tenant table, let the application "
              "connect as a role that neither owns them nor has BYPASSRLS, and write policies that "
              "show nothing when the context is unset or empty.",
};

static constexpr std::size_t rows_max = 2000;

// Context and query in one transaction, so that the setting dies with it.
static std::string statement(probe::context& ctx, probe::table const& t, std::string_view value)
{
    auto const owner = t.tenant_column.empty()
                           ? std::string{"null"}
                           : "t." + stores::quote_identifier(t.tenant_column) + "::text";
    return fmt::format(
        "with c as materialized (select set_config({}, {}, true)) "
        "select {}, t::text from c, {} t limit {}",
        stores::quote_literal(ctx.postgres_store().context),
        stores::quote_literal(value),
        owner,
        t.quoted(),
        rows_max
    );
}

static std::string bare_statement(probe::table const& t)
{
    return fmt::format(
        "select {}, t::text from {} t limit {}",
        t.tenant_column.empty() ? "null" : stores::quote_identifier(t.tenant_column) + "::text",
        t.quoted(),
        rows_max
    );
}

static std::optional<tenant_index> owner_of(
    probe::context& ctx, std::vector<std::optional<std::string>> const& row, std::string& token
)
{
    for (auto const t : ctx.tenants()) {
        auto const value = probe::stored_tenant_value(ctx, t);
        if (!value.empty() && row[0] == value) return t;
    }
    std::vector<evidence::sighting> seen;
    ctx.eye().scan(row[1].value_or(""), seen);
    if (seen.empty()) return std::nullopt;
    token = seen.front().token;
    return seen.front().who.tenant;
}

static void note_rows(probe::context& ctx, stores::postgres_rows const& rows, attempt& a)
{
    a.rows = rows.values.size();
    for (auto const& row : rows.values) {
        std::string token;
        auto const owner = owner_of(ctx, row, token);
        if (!owner || std::ranges::count(a.owners, *owner) != 0) continue;
        a.owners.push_back(*owner);
        if (a.as != owner) a.token = token;
    }
}

static asio::awaitable<attempt>
ask(probe::context& ctx, stores::postgres& db, std::string sql, attempt a)
{
    auto const url = probe::variable_for(ctx, ctx.postgres_store().app_role_url);
    a.reproduction = evidence::psql_command(url, sql);
    auto const rows = co_await db.query(std::move(sql));
    a.answered = rows.has_value();
    if (a.answered)
        note_rows(ctx, *rows, a);
    else
        a.failure = rows.error().message;
    co_return a;
}

// Behind a pooler a new connection is none: it gets one that the service has just used, with what
// was left on it. The service is made to use one for a tenant who has rows, right before.
static asio::awaitable<void> try_leftover(probe::context& ctx, probe::table t, trial& out)
{
    auto const reads = probe::collection_reads(ctx.model());
    if (reads.empty()) co_return;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, out.present.size()); ++i) {
        auto const who = out.present[i];
        auto const place = probe::own_place(ctx, who, reads.front(), 0);
        co_await ctx.send(*reads.front().op, ctx.actor(who), place);
        auto fresh = co_await ctx.app_postgres();
        if (fresh.has_error()) co_return;
        attempt after{
            .context = "never set, right after a request of " + ctx.tenant(who).slug,
            .failure = {}};
        auto sql = bare_statement(t);
        out.attempts.push_back(co_await ask(ctx, *fresh, std::move(sql), after));
    }
}

// A refused or failing query shows nothing: for contexts that name nobody that is as good as none.
static asio::awaitable<void> try_contexts(probe::context& ctx, probe::table t, trial& out)
{
    auto fresh = co_await ctx.app_postgres();
    if (fresh.has_error()) {
        out.attempts.push_back({.context = "any", .failure = fresh.error().message});
        co_return;
    }
    auto const bare = bare_statement(t);
    attempt unset{.context = "never set, on a fresh connection", .failure = {}};
    out.attempts.push_back(co_await ask(ctx, *fresh, bare, unset));
    for (std::size_t i = 0; i < std::min<std::size_t>(2, out.present.size()); ++i) {
        attempt own{.context = "set to " + ctx.tenant(out.present[i]).slug, .failure = {}};
        own.as = out.present[i];
        auto sql = statement(ctx, t, probe::stored_tenant_value(ctx, out.present[i]));
        out.attempts.push_back(co_await ask(ctx, *fresh, std::move(sql), own));
    }
    attempt used{.context = "no longer set, on a used connection", .failure = {}};
    out.attempts.push_back(co_await ask(ctx, *fresh, bare, used));
    attempt empty{.context = "set to an empty text", .failure = {}};
    auto sql = statement(ctx, t, "");
    out.attempts.push_back(co_await ask(ctx, *fresh, std::move(sql), empty));
}

static bool is_protected(probe::context& ctx, probe::table const& t)
{
    auto const named = [&](std::string const& name) {
        return name == t.name || name == t.display() || (name == "*" && !t.tenant_column.empty());
    };
    return std::ranges::any_of(ctx.postgres_store().row_security, named);
}

static asio::awaitable<result<std::vector<tenant_index>>>
tenants_in(probe::context& ctx, stores::postgres& db, probe::table t)
{
    std::vector<tenant_index> out;
    if (t.tenant_column.empty()) co_return out;
    auto sql = fmt::format(
        "select distinct {}::text from {}", stores::quote_identifier(t.tenant_column), t.quoted()
    );
    auto const rows = co_await db.query(std::move(sql));
    if (rows.has_error()) co_return rows.error();
    for (auto const tenant : ctx.tenants()) {
        auto const value = probe::stored_tenant_value(ctx, tenant);
        auto const is_there = [&](auto const& row) { return row[0] == value; };
        if (std::ranges::any_of(rows->values, is_there)) out.push_back(tenant);
    }
    co_return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_postgres() || !ctx.has_app_postgres()) {
        out.not_applicable = "stores.postgres with url and app_role_url";
        co_return out;
    }
    if (ctx.postgres_store().context.empty() || ctx.postgres_store().row_security.empty()) {
        out.not_applicable = "stores.postgres names no tables under row-level security";
        co_return out;
    }
    auto const db = co_await ctx.postgres();
    if (db.has_error()) {
        out.add_undecided(db.error().message);
        co_return out;
    }
    auto const tables = co_await probe::list_tables(**db, ctx.postgres_store());
    if (tables.has_error()) {
        out.add_undecided(tables.error().message);
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& t : *tables) {
        if (!is_protected(ctx, t)) continue;
        auto present = co_await tenants_in(ctx, **db, t);
        if (present.has_error()) {
            out.add_undecided(t.display() + ": " + present.error().message);
            continue;
        }
        trial one{.table = t.display(), .present = std::move(*present), .attempts = {}};
        co_await try_leftover(ctx, t, one);
        co_await try_contexts(ctx, t, one);
        ctx.covered().examined("table", t.display(), spec.id);
        trials.push_back(std::move(one));
        ctx.tick();
    }
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    if (trials.empty()) judged.add_undecided("none of the tables under row-level security exists");
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::row_security
