#include "probes/postgres/row_ownership/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <map>

namespace watertight::probes::postgres::row_ownership {

constexpr probe::spec spec{
    .id = "postgres.row_ownership",
    .title = "A row holds one tenant's data and another tenant's id",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-668",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "A15 A16 P28 X04 Q5",
    .rationale = "However it came about (a race, a job in the wrong context, a body that named "
                 "another tenant), a misattributed row is served to the wrong tenant from then on.",
    .remedy = "Set the tenant from the credentials where rows are written, and let the database "
              "check it (WITH CHECK, composite foreign keys).",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "postgres " + t.table;
        for (auto const& row : t.rows) {
            seen.decided(channel);
            for (auto const& token : row.tokens) {
                if (row.stored == token.who.tenant) continue;
                probe::violation v;
                v.victim = token.who.tenant;
                v.intruder = row.stored;
                v.channel = channel;
                v.detail = fmt::format(
                    "{} says '{}' in a row that carries another tenant's canary.",
                    t.tenant_column,
                    row.stored_value
                );
                v.token = token.token;
                v.position = "row of " + t.table;
                v.reproduction = t.reproduction;
                out.violations.push_back(std::move(v));
                break;
            }
        }
    }
    seen.finish(out);
    if (out.trials == 0) {
        out.add_undecided("no row with a tenant column carries a canary: is it the real store?");
    }
    return out;
}

static constexpr std::size_t rows_max = 200'000;

static trial
attribute(probe::context& ctx, probe::table const& t, std::vector<probe::marked_row> const& rows)
{
    std::map<std::string, tenant_index> by_value;
    for (auto const& tenant : ctx.population().tenants) {
        by_value.emplace(probe::stored_tenant_value(ctx, tenant.index), tenant.index);
    }
    trial out{
        .table = t.display(), .tenant_column = t.tenant_column, .rows = {}, .reproduction = {}};
    out.reproduction = evidence::psql_command(
        probe::variable_for(ctx, ctx.postgres_store().url),
        fmt::format(
            "select {}, t.* from {} t where t::text like '%{}%'",
            stores::quote_identifier(t.tenant_column),
            t.quoted(),
            evidence::canary_prefix
        )
    );
    for (auto const& row : rows) {
        trial::row one{
            .stored = {}, .stored_value = row.tenant_value.value_or("NULL"), .tokens = {}};
        if (auto const at = by_value.find(one.stored_value); at != by_value.end()) {
            one.stored = at->second;
        }
        one.tokens = row.tokens;
        out.rows.push_back(std::move(one));
    }
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_postgres()) {
        out.not_applicable = "stores.postgres with a url that may read every table";
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
        auto const rows = co_await probe::marked_rows(ctx, **db, t, rows_max);
        ctx.tick();
        if (rows.has_error()) {
            out.add_undecided(t.display() + ": " + rows.error().message);
            ctx.covered().skipped("table", t.display(), rows.error().message);
        } else if (!t.tenant_column.empty()) {
            ctx.covered().examined("table", t.display(), spec.id);
            if (!rows->empty()) trials.push_back(attribute(ctx, t, *rows));
        } else if (rows->empty()) {
            ctx.covered().examined("table", t.display(), spec.id);
        } else {
            auto const why = "holds tenants' data but no column names the tenant";
            ctx.covered().skipped("table", t.display(), why);
            out.notes.push_back(t.display() + " " + why);
        }
    }
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    judged.notes = std::move(out.notes);
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::row_ownership
