#include "probes/postgres/definer_functions/probe.hpp"

#include "harness/probe/postgres_scene.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::definer_functions {

constexpr probe::spec spec{
    .id = "postgres.definer_functions",
    .title = "A function returns other tenants' rows",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-269",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P26",
    .rationale = "A SECURITY DEFINER function runs as its owner: if that is a superuser, or owns "
                 "tables whose row security is not forced, only the function's own WHERE is left.",
    .remedy = "Prefer SECURITY INVOKER; let a definer function belong to a role that row security "
              "binds, filter by the context's tenant, and revoke EXECUTE from PUBLIC.",
};

probe::conclusion judge(std::vector<attempt> const& attempts, bool control)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& a : attempts) {
        auto const channel = "postgres " + a.function;
        if (a.token) {
            probe::violation v;
            v.victim = a.token->who.tenant;
            v.intruder = a.intruder;
            v.channel = channel;
            v.detail = fmt::format(
                "Called in one tenant's context with {}, the function returns what row security "
                "keeps from that tenant.",
                a.arguments
            );
            v.token = a.token->token;
            v.position = "result of " + a.function;
            v.reproduction = a.reproduction;
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!control) {
            seen.undecided("control", "the tenant sees none of its own rows in a protected table");
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static constexpr auto functions_sql = R"sql(
select n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), p.pronargs,
       coalesce((select string_agg(format_type(t, null), E'\x1f' order by i)
                 from unnest(p.proargtypes::oid[]) with ordinality as a (t, i)), ''),
       p.pronargdefaults
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.prokind = 'f' and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_'
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by 1, 2, 3 limit 500)sql";

static constexpr std::size_t arguments_max = 3;
static constexpr char list_separator = '\x1f';

struct function {
    std::string name{};
    std::string display{};
    std::vector<std::string> types{};
    std::size_t optional = 0;
};

// Arguments as SQL, and what they are for people.
struct passing {
    std::string what{};
    std::vector<std::string> values{};
};

static std::vector<function> functions_of(stores::postgres_rows const& rows)
{
    std::vector<function> out;
    for (auto const& row : rows.values) {
        function f;
        f.name = stores::quote_identifier(*row[0]) + "." + stores::quote_identifier(*row[1]);
        f.display = fmt::format("{}.{}({})", *row[0], *row[1], *row[2]);
        for (auto const type : split(row[4].value_or(""), list_separator)) {
            if (!type.empty()) f.types.emplace_back(type);
        }
        f.optional = std::stoul(*row[5]);
        out.push_back(std::move(f));
    }
    return out;
}

static bool is_text(std::string_view type)
{
    return type == "text" || type.starts_with("character") || type == "citext";
}

static bool takes(std::string_view type, std::string_view value)
{
    auto const is_digits = std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
    if (type == "uuid") return value.size() == 36 && std::ranges::count(value, '-') == 4;
    if (type == "integer" || type == "bigint") return is_digits && value.size() < 10;
    return is_text(type);
}

// For each type: a value that matches everything, or as much as can be had.
static std::string widest(std::string_view type)
{
    if (is_text(type)) return "'%'";
    if (type == "integer" || type == "bigint" || type == "smallint") return "1000";
    if (type == "boolean") return "true";
    if (type.starts_with("timestamp") || type == "date") return "'2000-01-01'";
    return "null";
}

static std::vector<passing> passings(function const& f, std::vector<std::string> const& ids)
{
    std::vector<passing> out;
    if (f.types.size() > arguments_max) return out;
    if (f.types.size() == f.optional) out.push_back({"no arguments", {}});
    if (f.types.empty()) return out;
    passing wide{"arguments that match as much as possible", {}};
    for (auto const& type : f.types) {
        wide.values.push_back(fmt::format("{}::{}", widest(type), type));
    }
    out.push_back(wide);
    for (std::size_t at = 0; at < f.types.size(); ++at) {
        for (auto const& id : ids) {
            if (!takes(f.types[at], id)) continue;
            auto one = wide;
            one.what = "the id of another tenant's object";
            one.values[at] = fmt::format("{}::{}", stores::quote_literal(id), f.types[at]);
            out.push_back(std::move(one));
        }
    }
    return out;
}

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

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto scene = co_await probe::open_row_scene(ctx);
    if (auto refused = scene.site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    auto const rows = co_await scene.site.role->look("", functions_sql);
    if (rows.has_error()) {
        out.add_undecided(rows.error().message);
        co_return out;
    }
    std::vector<attempt> attempts;
    auto const enter = probe::context_sql_of(ctx, scene.intruder);
    auto const ids = ids_of(ctx, scene.victim);
    for (auto const& f : functions_of(*rows)) {
        auto const calls = passings(f, ids);
        if (calls.empty()) {
            ctx.covered().skipped("function", f.display, "takes more arguments than are tried");
            continue;
        }
        for (auto const& call : calls) {
            attempt a{.function = f.display, .intruder = scene.intruder, .arguments = call.what};
            auto const sql = fmt::format(
                "select r::text from {}({}) r limit 500", f.name, join(call.values, ", ")
            );
            a.reproduction = scene.site.role->reproduction(enter, sql);
            auto const shown = co_await scene.site.role->look(enter, sql);
            a.answered = shown.has_value();
            if (a.answered) {
                a.token = co_await probe::guarded_token_in(ctx, scene, probe::texts_of(*shown));
            }
            attempts.push_back(std::move(a));
            if (attempts.back().token) break;
        }
        ctx.covered().examined("function", f.display, spec.id);
        ctx.tick();
    }
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
