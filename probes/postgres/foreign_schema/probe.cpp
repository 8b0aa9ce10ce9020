#include "probes/postgres/foreign_schema/probe.hpp"

#include "harness/probe/postgres_role.hpp"
#include "harness/probe/table_owner.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <array>
#include <map>

namespace watertight::probes::postgres::foreign_schema {

constexpr probe::spec spec{
    .id = "postgres.foreign_schema",
    .title = "A tenant's context reaches into another tenant's schema",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-284",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P54 P55",
    .rationale = "A schema a tenant is a boundary only if the role may use no other: a search path "
                 "chooses, it does not forbid.",
    .remedy = "A role a tenant, with USAGE on its own schema alone, taken by SET LOCAL ROLE; or "
              "row security besides.",
};

// One privilege lets a role into every table of a schema: that is one finding a verb, not one a
// table. What a bare name leads to is a matter of that table.
static std::string detail_of(attempt const& a)
{
    if (a.falls_through) {
        return "In one tenant's context, as the application's role, the bare name " + a.table +
               " leads to rows of another tenant.";
    }
    return fmt::format(
        "In one tenant's context, as the application's role, {} on a table of another tenant's "
        "schema ({}) is carried out.",
        a.verb,
        a.table
    );
}

probe::conclusion judge(std::vector<attempt> const& attempts)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& a : attempts) {
        auto const channel = fmt::format("postgres {} {}", a.table, a.verb);
        auto const is_insert = a.verb == "INSERT";
        if (a.succeeds && (a.rows > 0 || is_insert)) {
            probe::violation v;
            v.victim = a.victim;
            v.intruder = a.intruder;
            v.channel = a.falls_through ? channel : "postgres " + a.verb + " in a tenant's schema";
            v.detail = detail_of(a);
            v.token = a.token;
            v.position = "rows of " + a.table;
            v.reproduction = a.reproduction;
            if (a.verb != "SELECT") v.kind = evidence::guarantee::integrity;
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (a.control) {
            seen.decided(channel);
        } else {
            seen.undecided(channel, "the tenant may not do so in its own schema, either");
        }
    }
    seen.finish(out);
    return out;
}

static constexpr std::size_t tables_max = 20;
static constexpr std::size_t pairs_max = 2;
static constexpr std::array<std::string_view, 3> verbs{"SELECT", "INSERT", "DELETE"};

using tables_by_name = std::map<std::string, probe::table>;

static std::string statement(probe::table const& t, std::string const& verb)
{
    if (verb == "SELECT") return "select t::text from " + t.quoted() + " t limit 200";
    if (verb == "DELETE") return "delete from " + t.quoted();
    // No row is written, none has to be read, and a column that the server counts may be named.
    return fmt::format(
        "insert into {} ({}) overriding system value select null where false",
        t.quoted(),
        stores::quote_identifier(t.columns.front())
    );
}

static asio::awaitable<attempt> try_one(
    probe::context& ctx, probe::role_session& role, probe::table theirs, probe::table own, attempt a
)
{
    auto const enter = probe::context_sql_of(ctx, a.intruder);
    auto const sql = statement(theirs, a.verb);
    a.table = theirs.display();
    a.reproduction = role.reproduction(enter, sql);
    auto const mine = co_await role.attempt(enter, statement(own, a.verb));
    a.control = mine.has_value() || probe::is_constraint(mine.error());
    auto const answer = co_await role.attempt(enter, sql);
    a.succeeds = answer.has_value() || probe::is_constraint(answer.error());
    // A constraint that refuses to let a row go was asked after the privileges.
    if (answer.has_error()) a.rows = 1;
    if (answer.has_error()) co_return a;
    a.rows = answer->affected;
    if (a.verb != "SELECT") co_return a;
    for (auto const& row : answer->values) {
        for (auto const& token : probe::canaries_in(ctx, row[0].value_or(""))) {
            if (token.who.tenant == a.victim) a.token = token.token;
        }
    }
    co_return a;
}

// A name that the tenant's own schema lacks leads on, to what stands behind it on the search path.
static asio::awaitable<void> try_fallback(
    probe::context& ctx,
    probe::role_session& role,
    std::vector<probe::table> const& all,
    probe::tenant_pair pair,
    std::map<tenant_index, tables_by_name> const& of,
    std::vector<attempt>& out
)
{
    auto const& own = of.at(pair.intruder);
    auto const& theirs = of.at(pair.victim);
    auto const enter = probe::context_sql_of(ctx, pair.intruder);
    for (auto const& t : all) {
        // What no tenant's schema has is shared by design.
        if (own.contains(t.name) || !theirs.contains(t.name)) continue;
        if (probe::tenant_of_schema(ctx, t.schema)) continue;
        attempt a{.victim = pair.victim, .intruder = pair.intruder};
        a.verb = "SELECT";
        a.falls_through = true;
        a.table = t.name;
        auto const name = stores::quote_identifier(t.name);
        auto const sql = fmt::format(
            "select t::text from {} t where {} limit 500", name, probe::marked_condition("t")
        );
        a.reproduction = role.reproduction(enter, sql);
        auto const answer = co_await role.look(enter, sql);
        if (answer.has_error()) continue;
        a.control = true;
        for (auto const& row : answer->values) {
            for (auto const& token : probe::canaries_in(ctx, row[0].value_or(""))) {
                if (token.who.tenant == pair.intruder) continue;
                a.victim = token.who.tenant;
                a.token = token.token;
                a.succeeds = true;
                a.rows = answer->affected;
            }
        }
        out.push_back(std::move(a));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto site = co_await probe::open_role_site(ctx, false);
    if (auto refused = site.refusal()) co_return std::move(*refused);
    std::map<tenant_index, tables_by_name> of;
    for (auto const& t : site.tables) {
        auto const owner = probe::tenant_of_schema(ctx, t.schema);
        if (owner) of[*owner].emplace(t.name, t);
    }
    probe::conclusion out;
    if (of.size() < 2) {
        out.not_applicable = "schemas named after two tenants";
        co_return out;
    }
    // Where one role serves all of them, no privilege is meant to keep them apart: that is the
    // service's work, which the other probes look at, and a lint says so.
    auto const is_promised = probe::has_role_each(ctx);
    std::vector<attempt> attempts;
    std::size_t pairs = 0;
    for (auto const& pair : ctx.pairs()) {
        if (!of.contains(pair.victim) || !of.contains(pair.intruder)) continue;
        if (pairs++ == pairs_max) break;
        co_await try_fallback(ctx, *site.role, site.tables, pair, of, attempts);
        std::size_t tables = 0;
        for (auto const& [name, theirs] : of[pair.victim]) {
            if (!is_promised) break;
            auto const own = of[pair.intruder].find(name);
            if (own == of[pair.intruder].end() || tables++ == tables_max) continue;
            for (auto const verb : verbs) {
                if (verb != "SELECT" && site.is_replica) continue;
                attempt a{.victim = pair.victim, .intruder = pair.intruder};
                a.verb = verb;
                attempts.push_back(
                    co_await try_one(ctx, *site.role, theirs, own->second, std::move(a))
                );
            }
            ctx.covered().examined("table", theirs.display(), spec.id);
            ctx.tick();
        }
    }
    if (attempts.empty() && !is_promised) {
        out.not_applicable =
            "a role of each tenant's: one serves all schemas, so that the service alone keeps them "
            "apart (see the lint postgres.schema_privileges)";
    } else if (attempts.empty()) {
        out.add_undecided("the tenants' schemas have no table in common");
    }
    if (attempts.empty()) co_return out;
    co_return judge(attempts);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::foreign_schema
