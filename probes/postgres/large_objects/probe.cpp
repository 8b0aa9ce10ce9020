#include "probes/postgres/large_objects/probe.hpp"

#include "harness/probe/postgres_scene.hpp"
#include "harness/probe/toolbox.hpp"

namespace watertight::probes::postgres::large_objects {

constexpr probe::spec spec{
    .id = "postgres.large_objects",
    .title = "A large object holds what row security keeps from other tenants",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::medium,
    .cwe = "CWE-284",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P48",
    .rationale = "Large objects have no tenant and no policies: whoever is the application's role "
                 "reads them all by number.",
    .remedy = "Keep content in rows (bytea) under row security, or in a store of files by tenant.",
};

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    out.trials = out.controls = t.read + t.refused;
    if (out.trials == 0) {
        out.not_applicable = "large objects in the database";
        return out;
    }
    for (auto const& token : t.tokens) {
        probe::violation v;
        v.victim = token.who.tenant;
        v.intruder = t.intruder;
        v.channel = "postgres large objects";
        v.detail = "In its own context, as the application's role, a tenant reads a large object "
                   "with another tenant's content.";
        v.token = token.token;
        v.position = "large object";
        v.reproduction = t.reproduction;
        out.violations.push_back(std::move(v));
    }
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto s = co_await probe::open_row_scene(ctx, true);
    if (auto refused = s.site.refusal()) co_return std::move(*refused);
    auto const enter = probe::context_sql_of(ctx, s.intruder);
    auto const ids = co_await s.site.role->look(
        enter, "select oid::text from pg_largeobject_metadata order by oid::bigint desc limit 200"
    );
    if (ids.has_error()) {
        probe::conclusion out;
        out.add_undecided(ids.error().message);
        co_return out;
    }
    trial t{.intruder = s.intruder};
    for (auto const& id : probe::texts_of(*ids)) {
        auto const sql = fmt::format("select encode(lo_get({}, 0, 60000), 'escape')", id);
        auto const shown = co_await s.site.role->look(enter, sql);
        ++(shown.has_value() ? t.read : t.refused);
        if (shown.has_error()) continue;
        auto const token = co_await probe::guarded_token_in(ctx, s, probe::texts_of(*shown));
        if (!token) continue;
        t.tokens.push_back(*token);
        t.reproduction = s.site.role->reproduction(enter, sql);
        break;
    }
    co_return judge(t);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::large_objects
