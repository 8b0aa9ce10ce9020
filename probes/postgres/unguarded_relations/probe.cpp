#include "probes/postgres/unguarded_relations/probe.hpp"

#include "harness/probe/postgres_scene.hpp"
#include "harness/probe/table_owner.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::unguarded_relations {

constexpr probe::spec spec{
    .id = "postgres.unguarded_relations",
    .title = "A view, copy or child of a protected table shows other tenants' rows",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-284",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P21 P22 P23 P24 P28 P29 P30 P33 P59 P63 P65",
    .rationale =
        "Policies belong to one table. A view reads as its owner, a materialised view and a copy "
        "that a trigger keeps have no policy, a partition asked by its own name has only its own.",
    .remedy = "Make views with security_invoker and security_barrier, keep materialised views and "
              "partitions from the application's role, and protect every table that copies rows.",
};

static constexpr auto relations_sql = R"sql(
select n.nspname, c.relname, c.relkind, c.relispartition::int,
       exists (select from pg_inherits i where i.inhrelid = c.oid)::int,
       coalesce((select string_agg(k.conrelid::text, ',') from pg_constraint k
                 where k.contype = 'f' and k.confrelid = c.oid), ''),
       coalesce((with recursive up as (
           select i.inhparent from pg_inherits i where i.inhrelid = c.oid
           union select i.inhparent from pg_inherits i join up on i.inhrelid = up.inhparent)
         select string_agg(inhparent::text, ',') from up), ''),
       coalesce((with recursive uses as (
           select d.refobjid as rel from pg_rewrite w join pg_depend d on d.objid = w.oid
           where w.ev_class = c.oid and d.refclassid = 'pg_class'::regclass
             and d.classid = 'pg_rewrite'::regclass and d.refobjid <> c.oid
           union select d.refobjid from uses u join pg_rewrite w on w.ev_class = u.rel
           join pg_depend d on d.objid = w.oid and d.refclassid = 'pg_class'::regclass
             and d.classid = 'pg_rewrite'::regclass and d.refobjid <> u.rel)
         select string_agg(rel::text, ',') from uses), ''),
       c.oid::text,
       case when not has_table_privilege(c.oid, 'select') then (
           select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             and has_column_privilege(c.oid, a.attnum, 'select')) end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
  and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by 1, 2 limit 2000)sql";

// Something that the role may read.
struct relation {
    probe::table t{};
    char sort = 'r';
    bool is_partition = false;
    bool is_child = false;
    std::vector<std::string> referrers{};
    std::vector<std::string> parents{};
    std::vector<std::string> uses{};
    std::string oid{};
    /// The columns that the role may read, where it may not read all.
    std::string columns{};

    std::string kind() const;
    std::string marked_rows_sql() const;
};

std::string relation::kind() const
{
    if (is_partition) return "partition";
    if (is_child) return "child table";
    if (sort == 'v') return "view";
    if (sort == 'm') return "materialised view";
    return sort == 'f' ? "foreign table" : "table";
}

std::string relation::marked_rows_sql() const
{
    if (columns.empty()) return probe::marked_rows_sql(t);
    auto const row = "row(" + columns + ")";
    return fmt::format(
        "select {}::text from {} t where {} limit 500",
        row,
        t.quoted(),
        probe::marked_condition(row)
    );
}

static std::vector<std::string> list_of(std::optional<std::string> const& text)
{
    std::vector<std::string> out;
    auto const whole = text.value_or("");
    for (auto const one : split(whole, ',')) {
        if (!one.empty()) out.emplace_back(one);
    }
    return out;
}

static std::vector<relation> relations_of(stores::postgres_rows const& rows)
{
    std::vector<relation> out;
    for (auto const& row : rows.values) {
        relation r;
        r.t.schema = *row[0];
        r.t.name = *row[1];
        r.sort = (*row[2])[0];
        r.is_partition = row[3] == "1";
        r.is_child = row[4] == "1";
        r.referrers = list_of(row[5]);
        r.parents = list_of(row[6]);
        r.uses = list_of(row[7]);
        r.oid = *row[8];
        r.columns = row[9].value_or("");
        out.push_back(std::move(r));
    }
    return out;
}

// What the probe works with.
struct scene {
    probe::context& ctx;
    probe::row_scene rows{};
    std::vector<relation> all{};
    /// The guarded tables' oids.
    std::vector<std::string> guarded_oids{};

    bool touches_guarded(std::vector<std::string> const& oids) const;
};

bool scene::touches_guarded(std::vector<std::string> const& oids) const
{
    return std::ranges::any_of(oids, [&](std::string const& oid) {
        return std::ranges::count(guarded_oids, oid) != 0;
    });
}

static bool is_among(probe::table const& t, std::vector<probe::table> const& some)
{
    return std::ranges::count(some, t.display(), &probe::table::display) != 0;
}

// Whether the promise of row security reaches this relation at all.
static bool is_promised(scene const& s, relation const& r)
{
    auto const& exclude = s.ctx.postgres_store().exclude;
    auto const is_named = [&](std::string const& n) { return n == r.t.name || n == r.t.display(); };
    if (std::ranges::any_of(exclude, is_named)) return false;
    if (is_among(r.t, s.rows.guarded)) return false;
    if (r.is_partition || r.is_child) return s.touches_guarded(r.parents);
    if (is_among(r.t, s.rows.filtered)) return false;
    return !s.touches_guarded(r.referrers);
}

static asio::awaitable<attempt> read(scene& s, relation const& r)
{
    attempt out{.relation = r.t.display(), .kind = r.kind(), .intruder = s.rows.intruder};
    auto const enter = probe::context_sql_of(s.ctx, s.rows.intruder);
    auto const sql = r.marked_rows_sql();
    out.reproduction = s.rows.site.role->reproduction(enter, sql);
    auto const rows = co_await s.rows.site.role->look(enter, sql);
    out.answered = rows.has_value();
    if (rows.has_error()) {
        out.failure = rows.error().message;
        co_return out;
    }
    out.token = co_await probe::guarded_token_in(s.ctx, s.rows, probe::texts_of(*rows));
    co_return out;
}

static asio::awaitable<void> compare(scene& s, relation const& r, probe::table base, attempt& out)
{
    auto digest = probe::digest_sql(r.t.quoted());
    auto again = co_await probe::moved_by_victims_row(s.ctx, s.rows, base, std::move(digest));
    if (again.empty()) co_return;
    out.changes_with = s.rows.victim;
    out.reproduction = std::move(again);
}

// A function that is cheaper than the view's own conditions is called before them, unless the view
// is a barrier or the condition is a policy.
static asio::awaitable<void> listen(scene& s, relation const& r, attempt& out)
{
    static constexpr auto ear =
        "create function pg_temp.watertight_ear(text) returns boolean language plpgsql "
        "cost 0.0000001 as $ear$ begin perform set_config('watertight.heard', "
        "left(coalesce(current_setting('watertight.heard', true), '') || $1, 60000), true); "
        "return true; end $ear$; ";
    auto const enter = probe::context_sql_of(s.ctx, s.rows.intruder);
    auto const sql = fmt::format(
        "{}select count(*) from {} t where pg_temp.watertight_ear(t::text); "
        "select current_setting('watertight.heard', true)",
        ear,
        r.t.quoted()
    );
    auto const rows = co_await s.rows.site.role->attempt(enter, sql);
    if (rows.has_error()) co_return;
    out.token = co_await probe::guarded_token_in(s.ctx, s.rows, probe::texts_of(*rows));
    if (!out.token) co_return;
    out.by_function = true;
    out.reproduction = s.rows.site.role->reproduction(enter, sql);
}

// A planner that takes a view and its own table for one relation may keep the conditions of the
// view alone.
static asio::awaitable<void> join_with_itself(scene& s, relation const& r, attempt& out)
{
    for (auto const& other : s.all) {
        auto const is_base = std::ranges::count(r.uses, other.oid) != 0;
        if (!is_base || !is_among(other.t, s.rows.guarded)) continue;
        auto const enter = probe::context_sql_of(s.ctx, s.rows.intruder);
        auto const sql = fmt::format(
            "select t::text from {} t natural join {} v where {} limit 500",
            other.t.quoted(),
            r.t.quoted(),
            probe::marked_condition("t")
        );
        auto const rows = co_await s.rows.site.role->look(enter, sql);
        if (rows.has_error()) continue;
        out.token = co_await probe::guarded_token_in(s.ctx, s.rows, probe::texts_of(*rows));
        if (!out.token) continue;
        out.reproduction = s.rows.site.role->reproduction(enter, sql);
        co_return;
    }
}

// The protected tables that a view reads; of another's schema the role is told nothing, so that any
// may be one.
static std::vector<probe::table> bases_of(scene const& s, relation const& r)
{
    static constexpr std::size_t bases_max = 8;
    std::vector<probe::table> out;
    for (auto const& t : s.rows.guarded) {
        auto const is_read = [&](relation const& other) {
            return other.t.display() == t.display() && std::ranges::count(r.uses, other.oid) != 0;
        };
        auto const is_theirs = s.rows.by_schema && out.size() < bases_max &&
                               probe::tenant_of_schema(s.ctx, t.schema) == s.rows.victim;
        if (is_theirs || std::ranges::any_of(s.all, is_read)) out.push_back(t);
    }
    return out;
}

static asio::awaitable<attempt> examine(scene& s, relation const& r)
{
    auto out = co_await read(s, r);
    if (!out.answered || out.token || r.sort != 'v') co_return out;
    co_await join_with_itself(s, r, out);
    if (out.token || s.rows.site.is_replica) co_return out;
    auto const bases = bases_of(s, r);
    for (auto const& t : bases) {
        if (!out.changes_with) co_await compare(s, r, t, out);
    }
    if (!out.changes_with) co_await listen(s, r, out);
    co_return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto rows = co_await probe::open_row_scene(ctx, true);
    if (auto refused = rows.site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    auto const found = co_await rows.site.role->look(rows.site.role->standing(), relations_sql);
    if (found.has_error()) {
        out.add_undecided(found.error().message);
        co_return out;
    }
    scene s{.ctx = ctx, .rows = std::move(rows), .all = relations_of(*found), .guarded_oids = {}};
    for (auto const& r : s.all) {
        if (is_among(r.t, s.rows.guarded)) s.guarded_oids.push_back(r.oid);
    }
    std::vector<attempt> attempts;
    for (auto const& r : s.all) {
        if (!is_promised(s, r)) continue;
        attempts.push_back(co_await examine(s, r));
        ctx.covered().examined(r.kind(), r.t.display(), spec.id);
        ctx.tick();
    }
    if (attempts.empty() && s.rows.control) {
        out.trials = out.controls = 1;
        out.notes.push_back("The application's role reads no view, copy or child of its tables.");
        co_return out;
    }
    if (attempts.empty()) {
        out.add_undecided("no tenant sees its own rows in a protected table");
        co_return out;
    }
    co_return judge(attempts, s.rows.control);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::unguarded_relations
