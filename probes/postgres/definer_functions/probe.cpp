#include "probes/postgres/definer_functions/probe.hpp"

#include "harness/probe/table_owner.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/definer_functions/tricks.hpp"

#include <algorithm>

namespace watertight::probes::postgres::definer_functions {

constexpr probe::spec spec{
    .id = "postgres.definer_functions",
    .title = "A function gives other tenants' rows away",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-269",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P25 P26 P27 P41 P42 P60",
    .rationale = "A SECURITY DEFINER function runs as its owner: if that is a superuser, or owns "
                 "tables whose row security is not forced, only the function's own WHERE is left; "
                 "a LEAKPROOF one is called before any policy is asked.",
    .remedy = "Prefer SECURITY INVOKER; let a definer function belong to a role that row security "
              "binds, set its search_path with pg_temp last, filter by the context's tenant, and "
              "revoke EXECUTE from PUBLIC. Mark nothing LEAKPROOF.",
};

// Ids of the victim's objects, one a resource; not its own name, which a caller may give.
static std::vector<std::string> ids_of(probe::context& ctx, tenant_index victim)
{
    std::vector<std::string> out;
    for (auto const& r : ctx.model().resources) {
        auto const* const o = probe::pick_object(ctx, victim, r, 0);
        auto id = o == nullptr ? std::string{} : probe::id_of(*o);
        if (!id.empty() && std::ranges::count(out, id) == 0) out.push_back(std::move(id));
    }
    static constexpr std::size_t ids_max = 6;
    if (out.size() > ids_max) out.resize(ids_max);
    return out;
}

static asio::awaitable<void>
try_calls(bench b, function f, std::vector<passing> calls, std::vector<attempt>& out)
{
    auto const enter = probe::context_sql_of(b.ctx, b.scene.intruder);
    for (auto const& call : calls) {
        attempt a{.function = f.display, .intruder = b.scene.intruder, .arguments = call.what};
        auto const sql = fmt::format("select r::text from {} r limit 500", call_of(f, call));
        a.reproduction = b.scene.site.role->reproduction(enter, sql);
        auto const shown = co_await b.scene.site.role->look(enter, sql);
        a.answered = shown.has_value();
        if (a.answered) {
            a.token = co_await probe::guarded_token_in(b.ctx, b.scene, probe::texts_of(*shown));
        }
        out.push_back(std::move(a));
        if (out.back().token) co_return;
    }
}

// A gateway that hands a token's claims on lets users call functions with what they like.
static bool is_gateways(probe::context& ctx, tenant_index who)
{
    auto const settings = probe::settings_of(ctx, who);
    return std::ranges::any_of(settings, [](probe::tenant_setting const& one) {
        return one.name.starts_with("request.");
    });
}

// The other's own name, which a caller may know.
static asio::awaitable<void> try_name(bench b, function f, std::vector<attempt>& out)
{
    std::vector<std::string> theirs{probe::stored_tenant_value(b.ctx, b.scene.victim)};
    for (auto const& t : b.scene.guarded) {
        auto const is_theirs = b.scene.by_schema && theirs.back() != t.schema &&
                               probe::tenant_of_schema(b.ctx, t.schema) == b.scene.victim;
        if (is_theirs) theirs.push_back(t.schema);
    }
    auto calls = passings(f, theirs);
    std::erase_if(calls, [](passing const& one) { return !one.is_id; });
    for (auto& call : calls) call.what = "another tenant's own id";
    std::vector<attempt> seen;
    co_await try_calls(b, f, calls, seen);
    auto const how = b.users_call ? way::named : way::trusted;
    for (auto& one : seen) {
        one.how = how;
        if (one.token) out.push_back(std::move(one));
    }
}

// A function that returns others' rows has been found; what else it does is of no account.
static asio::awaitable<void>
try_function(bench b, function f, std::vector<passing> calls, std::vector<attempt>& out)
{
    co_await try_calls(b, f, calls, out);
    if (!out.empty() && out.back().token) co_return;
    if (f.is_leakproof) co_await try_leak(b, f, out);
    if (!f.is_definer && !f.explains()) co_return;
    if (f.is_definer) co_await try_name(b, f, out);
    co_await try_writes(b, f, calls, out);
    co_await try_figures(b, f, calls.front(), out);
    if (f.is_definer && !b.scene.site.is_replica) co_await try_shadow(b, f, calls.front(), out);
}

static constexpr auto key_sql = R"sql(
select a.attname from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
where i.indrelid = {}::regclass and i.indisprimary and i.indnkeyatts = 1)sql";

// What the database itself calls rows of the victim's, which need not be what the service does.
static asio::awaitable<void>
add_keys(probe::context& ctx, probe::row_scene& scene, std::vector<std::string>& ids)
{
    static constexpr std::size_t keys_max = 12;
    auto const theirs = stores::quote_literal(probe::stored_tenant_value(ctx, scene.victim));
    std::size_t added = 0;
    for (auto const& t : scene.guarded) {
        auto const home = scene.by_schema ? probe::tenant_of_schema(ctx, t.schema) : std::nullopt;
        if ((!home && !t.is_owned()) || t.is_tenants || added == keys_max) continue;
        if (home && home != scene.victim) continue;
        auto sql = fmt::format(key_sql, stores::quote_literal(t.quoted()));
        auto const key = co_await scene.site.db->query(std::move(sql));
        if (key.has_error() || key->values.empty()) continue;
        sql = fmt::format(
            "select t.{}::text from {} t where {} = {} limit 1",
            stores::quote_identifier(key->values[0][0].value_or("")),
            t.quoted(),
            home ? theirs : t.owner_sql("t"),
            theirs
        );
        auto const rows = co_await scene.site.db->query(std::move(sql));
        if (rows.has_error() || rows->values.empty() || !rows->values[0][0]) continue;
        if (std::ranges::count(ids, *rows->values[0][0]) != 0) continue;
        ids.push_back(*rows->values[0][0]);
        ++added;
    }
}

static constexpr auto readable_sql = R"sql(
select quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       n.nspname || '.' || c.relname, c.relkind
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
order by 2 limit 200)sql";

// Protected tables that the role may read, and views in which the victim sees a row with a canary.
static asio::awaitable<std::string> seen_by_victim(probe::context& ctx, probe::row_scene& scene)
{
    static constexpr std::size_t relations_max = 25;
    auto& role = *scene.site.role;
    auto const enter = probe::context_sql_of(ctx, scene.victim);
    auto const all = co_await role.look(enter, readable_sql);
    if (all.has_error()) co_return std::string{};
    std::vector<std::string> parts;
    for (auto const& row : all->values) {
        auto const is_guarded =
            std::ranges::count(scene.guarded, row[1], &probe::table::display) != 0;
        if ((!is_guarded && row[2] != "v") || parts.size() == relations_max) continue;
        auto const own = co_await role.look(
            enter,
            fmt::format(
                "select 1 from {} t where {} limit 1", *row[0], probe::marked_condition("t")
            )
        );
        if (own.has_error() || own->values.empty()) continue;
        parts.push_back(fmt::format(
            "(select coalesce(md5(string_agg(x::text, ',' order by x::text)), '') "
            "from (select * from {} limit 5000) x)",
            *row[0]
        ));
    }
    co_return join(parts, " || ");
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto scene = co_await probe::open_row_scene(ctx, true);
    if (auto refused = scene.site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    auto const rows = co_await scene.site.role->look(scene.site.role->standing(), functions_sql);
    if (rows.has_error()) {
        out.add_undecided(rows.error().message);
        co_return out;
    }
    std::vector<attempt> attempts;
    auto ids = ids_of(ctx, scene.victim);
    co_await add_keys(ctx, scene, ids);
    auto every = ctx.postgres_store();
    every.exclude.clear();
    auto relations = co_await probe::list_tables(*scene.site.db, every);
    if (relations.has_error()) relations = std::vector<probe::table>{};
    auto seen = co_await seen_by_victim(ctx, scene);
    bench const b{
        ctx, scene, std::move(*relations), is_gateways(ctx, scene.intruder), std::move(seen)};
    for (auto const& f : functions_of(*rows)) {
        auto const calls = passings(f, ids);
        if (calls.empty()) {
            ctx.covered().skipped("function", f.display, "takes more arguments than are tried");
            continue;
        }
        co_await try_function(b, f, calls, attempts);
        ctx.covered().examined("function", f.display, spec.id);
        ctx.tick();
    }
    co_await try_casts(b, attempts);
    if (attempts.empty()) {
        out.not_applicable = "functions that the application's role may call";
        co_return out;
    }
    co_return judge(attempts, scene.control);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::definer_functions
