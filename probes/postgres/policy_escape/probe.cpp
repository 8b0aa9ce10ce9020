#include "probes/postgres/policy_escape/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/policy_escape/ways.hpp"

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
    .faults = "P06 P17 P18 P56 P57 P58 P64",
    .rationale = "A role that may act as the owner can switch row security off, one that is a "
                 "member of others or shares their password can become them, and a policy that "
                 "reads a table or a claim is worth what the rights on those are worth.",
    .remedy = "Let the application connect as a role that owns nothing and is a member of nothing, "
              "give each role a password of its own, and protect the tables that policies read "
              "like those that they guard.",
};

using stores::quote_identifier;
using stores::quote_literal;

static probe::violation violation_of(attempt const& a, std::string const& channel)
{
    probe::violation v;
    v.victim = *a.victim;
    v.channel = channel;
    v.position = "rows of " + a.table;
    v.reproduction = a.reproduction;
    if (a.loses_own) {
        v.detail = fmt::format(
            "With {}, which a user of two tenants has, the tenant no longer reads its own rows "
            "({}).",
            a.way,
            a.failure.empty() ? "none is shown" : a.failure
        );
        v.kind = evidence::guarantee::service;
        return v;
    }
    v.intruder = a.intruder;
    v.detail = fmt::format(
        "After {}, a transaction in one tenant's context reads another tenant's rows.", a.way
    );
    // What an ordinary request may write, or who holds the credential anyway.
    for (auto const* const word : {"INSERT", "UPDATE", "a claim", "logging in"}) {
        if (a.way.starts_with(word)) v.level = evidence::severity::high;
    }
    return v;
}

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
        out.violations.push_back(violation_of(a, channel));
    }
    seen.finish(out);
    return out;
}

static constexpr auto roles_sql = R"sql(
select rolname from pg_roles r
where pg_has_role(current_user, r.oid, 'member') and rolname <> current_user
  and rolname !~ '^pg_' and not (select rolsuper from pg_roles where rolname = current_user)
order by 1 limit 20)sql";

static asio::awaitable<void> try_roles(cell c, std::vector<attempt>& out)
{
    auto const roles = co_await c.s.site.role->look("", roles_sql);
    if (roles.has_error()) co_return;
    for (auto const& name : probe::texts_of(*roles)) {
        auto sql = "reset role; set local role " + quote_identifier(name);
        co_await try_way(c, "SET ROLE " + name, sql, out);
        // Where a role is a tenant's context, to become another's is to name another tenant, as
        // with a setting; what shows several is none.
        if (!out.back().victim || !probe::has_role_each(c.ctx)) continue;
        auto const enter = probe::context_sql_of(c.ctx, c.s.intruder);
        auto const shown = co_await c.s.site.role->attempt(enter, sql + "; " + owners_sql(c.t));
        if (shown.has_value() && shown->values.size() < 2) out.back().victim.reset();
    }
    auto const facts = co_await c.s.site.role->facts_of(c.t);
    if (facts.has_error() || !facts->owns || c.s.site.is_replica) co_return;
    auto sql = fmt::format(
        "alter table {0} no force row level security; alter table {0} disable row level security",
        c.t.quoted()
    );
    co_await try_way(c, "DISABLE ROW LEVEL SECURITY", std::move(sql), out);
}

static constexpr auto logins_sql = R"sql(
select rolname from pg_roles r where rolcanlogin and rolname !~ '^pg_'
and (rolsuper or rolbypassrls or pg_has_role(r.oid, 'pg_read_all_data', 'usage')
     or has_table_privilege(r.oid, {}::regclass, 'select'))
and rolname <> {} order by 1 limit 10)sql";

// A role that accepts any password, as a server on one's own machine may be told to let it, tells
// nothing about the application's.
static asio::awaitable<void> try_logins(cell c, std::vector<attempt>& out)
{
    auto const me = co_await c.s.site.role->look("", "select current_user");
    if (me.has_error()) co_return;
    auto const table = quote_literal(c.t.quoted());
    auto const own = quote_literal(me->values[0][0].value_or(""));
    auto const roles = co_await c.s.site.db->query(fmt::format(logins_sql, table, own));
    if (roles.has_error()) co_return;
    for (auto const& name : probe::texts_of(*roles)) {
        attempt a{.way = "logging in as " + name + " with the application's password"};
        a.table = c.t.display();
        a.intruder = c.s.intruder;
        auto link = co_await probe::connect_as(c.ctx, name, false);
        a.answered = link.has_value();
        if (link.has_value()) {
            auto const wrong = co_await probe::connect_as(c.ctx, name, true);
            if (wrong.has_value()) continue;
            auto const sql = "set statement_timeout = '4s'; " + owners_sql(c.t);
            auto const rows = co_await link->script(sql, std::chrono::seconds{6});
            if (rows.has_value()) a.victim = c.other_in(*rows);
            a.reproduction = c.s.site.role->reproduction("", sql) + "  # as " + name;
        }
        out.push_back(std::move(a));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto s = co_await probe::open_row_scene(ctx);
    if (auto refused = s.site.refusal()) co_return std::move(*refused);
    if (s.behind_views) {
        probe::conclusion out;
        out.not_applicable = "a role of the application's that may read protected tables itself";
        co_return out;
    }
    std::vector<attempt> attempts;
    std::vector<std::string> notes;
    bool control = false;
    for (auto const& t : s.guarded) {
        // Of a part's owner its parent's policies would have to be asked.
        if (!t.is_owned() || t.link || t.is_tenants) continue;
        cell const c{ctx, s, t};
        auto const enter = probe::context_sql_of(ctx, s.intruder);
        auto const own = probe::stored_tenant_value(ctx, s.intruder);
        auto const seen = co_await s.site.role->look(enter, owners_sql(t));
        if (seen.has_error()) continue;
        // Where others are seen anyway, another probe says so.
        auto const values = probe::texts_of(*seen);
        if (values.size() != 1 || values[0] != own) continue;
        control = true;
        if (attempts.empty()) co_await try_logins(c, attempts);
        co_await try_roles(c, attempts);
        co_await try_memberships(c, attempts);
        co_await try_claims(c, attempts);
        auto const flags = co_await find_flags(c);
        notes.insert(notes.end(), flags.begin(), flags.end());
        ctx.tick();
    }
    if (control && attempts.empty()) {
        probe::conclusion out;
        out.trials = out.controls = 1;
        out.notes.push_back(
            "The application's role is no member of other roles, owns none of the protected "
            "tables, and writes nothing that their policies read."
        );
        out.notes.insert(out.notes.end(), notes.begin(), notes.end());
        co_return out;
    }
    auto judged = judge(attempts, control);
    judged.notes.insert(judged.notes.end(), notes.begin(), notes.end());
    if (!control) judged.add_undecided("no tenant sees its own rows, and only them, anywhere");
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::policy_escape
