#include "probes/postgres/row_ownership/references.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <array>

namespace watertight::probes::postgres::row_ownership {

static constexpr auto budget = std::chrono::seconds{60};

// Rows by whose they are and whose they refer to.
static std::string crossings_sql(
    probe::table const& t,
    probe::table const& parent,
    probe::foreign_key const& k,
    std::string_view tenants
)
{
    std::vector<std::string> joins;
    for (std::size_t i = 0; i < k.columns.size(); ++i) {
        joins.push_back(fmt::format(
            "r.{} = t.{}",
            stores::quote_identifier(k.parent_columns[i]),
            stores::quote_identifier(k.columns[i])
        ));
    }
    return fmt::format(
        "select own, referred, count(*) from (select {} as own, {} as referred from {} t "
        "join {} r on {}) x where own in ({}) and referred in ({}) group by 1, 2",
        t.owner_sql("t"),
        parent.owner_sql("r"),
        t.quoted(),
        parent.quoted(),
        join(joins, " and "),
        tenants,
        tenants
    );
}

// What makes a row another tenant's on purpose is kept in such tables.
static bool is_of_sharing(std::string_view name)
{
    static constexpr std::array<std::string_view, 8> words{
        "share", "sharing", "grant", "invit", "transfer", "guest", "collab", "partner"};
    auto const text = to_lower(name);
    return std::ranges::any_of(words, [&](auto const w) { return text.find(w) != text.npos; });
}

static bool tells(probe::table const& t, probe::table const& parent, probe::foreign_key const& k)
{
    auto const is_sure = [](probe::table const& one) {
        return one.is_owned() && !one.is_tenants && !one.is_guessed;
    };
    if (!is_sure(t) || !is_sure(parent)) return false;
    if (probe::is_of_people(t.name) || probe::is_of_people(parent.name)) return false;
    // A key with the tenant in it leads to the same tenant's rows.
    auto const has_tenant = std::ranges::count(k.columns, t.tenant_column) != 0 &&
                            std::ranges::count(k.parent_columns, parent.tenant_column) != 0;
    if (has_tenant) return false;
    // By this very key it is told whose a row is.
    return !t.link || t.link->parent != k.to || t.link->columns != k.columns;
}

static asio::awaitable<void> look(
    probe::context& ctx,
    stores::postgres& db,
    probe::table t,
    probe::table parent,
    probe::foreign_key k,
    trial& out
)
{
    auto const tenants = probe::values_of_tenants(ctx);
    auto const sql = crossings_sql(t, parent, k, probe::literals_of(tenants));
    auto const rows = co_await db.query(sql, {}, budget);
    if (rows.has_error()) {
        auto const key = t.display() + " by " + join(k.columns, ", ");
        ctx.covered().skipped("foreign key", key, rows.error().message);
        co_return;
    }
    for (auto const& row : rows->values) {
        auto const count = std::stoull(row[2].value_or("0"));
        out.referring += count;
        auto const from = tenants.find(row[0].value_or(""));
        auto const to = tenants.find(row[1].value_or(""));
        if (from == tenants.end() || to == tenants.end() || from == to) continue;
        out.crossings.push_back(
            {join(k.columns, ", "), parent.display(), from->second, to->second, count}
        );
        out.reproduction =
            evidence::psql_command(probe::variable_for(ctx, ctx.postgres_store().url), sql);
    }
}

asio::awaitable<std::vector<trial>>
find_crossings(probe::context& ctx, stores::postgres& db, std::vector<probe::table> tables)
{
    std::vector<trial> out;
    auto const keys = co_await probe::list_foreign_keys(db);
    if (keys.has_error()) co_return out;
    auto const find = [&](std::string const& name) -> probe::table const* {
        auto const at = std::ranges::find(tables, name, &probe::table::display);
        return at == tables.end() ? nullptr : &*at;
    };
    for (auto const& t : tables) {
        if (probe::tenant_of_schema(ctx, t.schema)) continue;
        trial one{.table = t.display()};
        for (auto const& k : *keys) {
            auto const* const parent = k.from == t.display() ? find(k.to) : nullptr;
            if (parent == nullptr || !tells(t, *parent, k)) continue;
            if (is_of_sharing(t.name)) {
                auto const key = t.display() + " by " + join(k.columns, ", ");
                ctx.covered().skipped("foreign key", key, "may refer to others' rows by design");
                continue;
            }
            co_await look(ctx, db, t, *parent, k, one);
            ctx.tick();
        }
        if (one.referring > 0) out.push_back(std::move(one));
    }
    co_return out;
}

} // namespace watertight::probes::postgres::row_ownership
