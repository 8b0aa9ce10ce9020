#include "probes/postgres/policy_escape/probe.hpp"

#include "harness/probe/postgres_scene.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::policy_escape {

constexpr probe::spec spec{
    .id = "postgres.policy_escape",
    .title = "The application's role can leave the tenant's context",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::medium,
    .cwe = "CWE-269",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P06 P18 P57",
    .rationale = "A role that may act as the owner can switch row security off, one that is a "
                 "member of others can become them, and a policy that reads a table is worth what "
                 "the rights on that table are worth.",
    .remedy = "Let the application connect as a role that owns nothing and is a member of nothing, "
              "and protect the tables that policies read like those that they guard.",
};

using stores::quote_identifier;
using stores::quote_literal;

probe::conclusion judge(std::vector<attempt> const& attempts, bool control)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& a : attempts) {
        auto const channel = fmt::format("postgres {} by {}", a.table, a.way);
        if (!control) {
            seen.undecided("control", "a tenant does not see its own rows, and only them, before");
            continue;
        }
        seen.decided(channel);
        if (!a.victim) continue;
        probe::violation v;
        v.victim = *a.victim;
        v.intruder = a.intruder;
        v.channel = channel;
        v.detail = fmt::format(
            "After {}, a transaction in one tenant's context reads another tenant's rows.", a.way
        );
        v.position = "rows of " + a.table;
        v.reproduction = a.reproduction;
        if (a.way.starts_with("INSERT")) v.level = evidence::severity::high;
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    return out;
}

static constexpr auto roles_sql = R"sql(
select rolname from pg_roles r
where pg_has_role(current_user, r.oid, 'member') and rolname <> current_user
  and rolname !~ '^pg_' and not (select rolsuper from pg_roles where rolname = current_user)
order by 1 limit 20)sql";

static constexpr auto read_by_policies_sql = R"sql(
select distinct n.nspname, c.relname from pg_policy p
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
  and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.polrelid
join pg_class c on c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace
where p.polrelid = {}::regclass)sql";

static std::string owners_sql(probe::table const& t)
{
    return fmt::format(
        "select distinct {}::text from {}", quote_identifier(t.tenant_column), t.quoted()
    );
}

// One protected table, two tenants, one of whom tries to get at the other's rows.
struct cell {
    probe::context& ctx;
    probe::row_scene& s;
    probe::table t{};

    std::optional<tenant_index> other_in(stores::postgres_rows const& rows) const;
};

std::optional<tenant_index> cell::other_in(stores::postgres_rows const& rows) const
{
    for (auto const& value : probe::texts_of(rows)) {
        for (auto const who : ctx.tenants()) {
            if (who != s.intruder && probe::stored_tenant_value(ctx, who) == value) return who;
        }
    }
    return std::nullopt;
}

static asio::awaitable<void>
try_way(cell c, std::string way, std::string before, std::vector<attempt>& out)
{
    attempt a{.way = std::move(way), .table = c.t.display(), .intruder = c.s.intruder};
    auto const enter = probe::context_sql_of(c.ctx, c.s.intruder);
    auto const sql = before + "; " + owners_sql(c.t);
    a.reproduction = c.s.site.role->reproduction(enter, sql);
    auto const rows = co_await c.s.site.role->attempt(enter, sql);
    a.answered = rows.has_value();
    if (a.answered) a.victim = c.other_in(*rows);
    out.push_back(std::move(a));
}

static asio::awaitable<void> try_roles(cell c, std::vector<attempt>& out)
{
    auto const roles = co_await c.s.site.role->look("", roles_sql);
    if (roles.has_error()) co_return;
    for (auto const& name : probe::texts_of(*roles)) {
        auto sql = "reset role; set local role " + quote_identifier(name);
        co_await try_way(c, "SET ROLE " + name, std::move(sql), out);
    }
    auto const facts = co_await c.s.site.role->facts_of(c.t);
    if (facts.has_error() || !facts->owns || c.s.site.is_replica) co_return;
    auto sql = fmt::format(
        "alter table {0} no force row level security; alter table {0} disable row level security",
        c.t.quoted()
    );
    co_await try_way(c, "DISABLE ROW LEVEL SECURITY", std::move(sql), out);
}

// Rows that join the one tenant to the other: each column of the tenant column's type names either.
static std::vector<std::string> joining_rows(
    cell const& c, probe::table const& m, probe::role_facts const& facts, std::string_view type
)
{
    static constexpr std::size_t columns_max = 3;
    auto const mine = quote_literal(probe::stored_tenant_value(c.ctx, c.s.intruder));
    auto const theirs = quote_literal(probe::stored_tenant_value(c.ctx, c.s.victim));
    std::vector<std::string> names;
    for (auto const& f : facts.columns) {
        auto const is_key = f.name == "id";
        if (f.may_insert && f.type == type && !is_key && names.size() < columns_max) {
            names.push_back(quote_identifier(f.name));
        }
    }
    std::vector<std::string> out;
    for (std::size_t mask = 1; mask + 1 < (std::size_t{1} << names.size()); ++mask) {
        std::vector<std::string> values;
        for (std::size_t i = 0; i < names.size(); ++i) {
            values.push_back((mask >> i & 1U) != 0 ? mine : theirs);
        }
        out.push_back(fmt::format(
            "insert into {} ({}) values ({})", m.quoted(), join(names, ", "), join(values, ", ")
        ));
    }
    // And one's own row, with the other's name in it.
    probe::table as_named = m;
    for (auto const& f : facts.columns) {
        if (as_named.tenant_column.empty() && f.type == type) as_named.tenant_column = f.name;
    }
    if (as_named.tenant_column.empty()) return out;
    auto const from = probe::stored_tenant_value(c.ctx, c.s.intruder);
    auto const to = probe::stored_tenant_value(c.ctx, c.s.victim);
    auto copy = probe::copy_row_sql(as_named, facts, from, to);
    if (!copy.empty()) out.push_back(std::move(copy));
    return out;
}

static asio::awaitable<void> try_memberships(cell c, std::vector<attempt>& out)
{
    if (c.s.site.is_replica) co_return;
    auto sql = fmt::format(read_by_policies_sql, quote_literal(c.t.quoted()));
    auto const read = co_await c.s.site.db->query(std::move(sql));
    auto const guarded = co_await c.s.site.role->facts_of(c.t);
    if (read.has_error() || guarded.has_error()) co_return;
    auto const* const tenant = guarded->find(c.t.tenant_column);
    if (tenant == nullptr) co_return;
    for (auto const& row : read->values) {
        probe::table m{.schema = *row[0], .name = *row[1]};
        auto const facts = co_await c.s.site.role->facts_of(m);
        if (facts.has_error() || !facts->may_insert()) continue;
        for (auto const& insert : joining_rows(c, m, *facts, tenant->type)) {
            co_await try_way(c, "INSERT into " + m.display(), insert, out);
            if (out.back().victim) break;
        }
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto s = co_await probe::open_row_scene(ctx);
    if (auto refused = s.site.refusal()) co_return std::move(*refused);
    std::vector<attempt> attempts;
    bool control = false;
    for (auto const& t : s.guarded) {
        if (t.tenant_column.empty()) continue;
        cell const c{ctx, s, t};
        auto const enter = probe::context_sql_of(ctx, s.intruder);
        auto const own = probe::stored_tenant_value(ctx, s.intruder);
        auto const seen = co_await s.site.role->look(enter, owners_sql(t));
        if (seen.has_error()) continue;
        // Where others are seen anyway, another probe says so.
        auto const values = probe::texts_of(*seen);
        if (values.size() != 1 || values[0] != own) continue;
        control = true;
        co_await try_roles(c, attempts);
        co_await try_memberships(c, attempts);
        ctx.tick();
    }
    if (control && attempts.empty()) {
        probe::conclusion out;
        out.trials = out.controls = 1;
        out.notes.push_back(
            "The application's role is no member of other roles, owns none of the protected "
            "tables, and writes nothing that their policies read."
        );
        co_return out;
    }
    auto judged = judge(attempts, control);
    if (!control) judged.add_undecided("no tenant sees its own rows, and only them, anywhere");
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::policy_escape
