#include "harness/probe/findings.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/tokens.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/policy_escape/ways.hpp"

#include <algorithm>
#include <iterator>
#include <regex>
#include <set>

namespace watertight::probes::postgres::policy_escape {

using stores::quote_identifier;
using stores::quote_literal;

std::string owners_sql(probe::table const& t)
{
    return fmt::format("select distinct {} from {} t", t.owner_sql("t"), t.quoted());
}

std::optional<tenant_index> cell::other_in(stores::postgres_rows const& rows) const
{
    for (auto const& value : probe::texts_of(rows)) {
        for (auto const who : ctx.tenants()) {
            if (who != s.intruder && probe::stored_tenant_value(ctx, who) == value) return who;
        }
    }
    return std::nullopt;
}

asio::awaitable<void> try_way(
    cell c,
    std::string way,
    std::string before,
    std::vector<attempt>& out,
    std::optional<std::string> entering
)
{
    attempt a{.way = std::move(way), .table = c.t.display(), .intruder = c.s.intruder};
    auto const enter = entering ? *entering : probe::context_sql_of(c.ctx, c.s.intruder);
    auto const sql = before + "; " + owners_sql(c.t);
    a.reproduction = c.s.site.role->reproduction(enter, sql);
    auto const rows = co_await c.s.site.role->attempt(enter, sql);
    a.answered = rows.has_value();
    if (a.answered) a.victim = c.other_in(*rows);
    out.push_back(std::move(a));
}

// By themselves, or by a function that they call: with a role that nothing binds it goes round in
// no circles.
static constexpr auto read_by_policies_sql = R"sql(
select n.nspname, c.relname from pg_policy p
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
  and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.polrelid
join pg_class c on c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace
where p.polrelid = {0}::regclass
union
select n.nspname, c.relname from pg_policy p
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
  and d.refclassid = 'pg_proc'::regclass
join pg_proc f on f.oid = d.refobjid
join pg_class c on c.relkind in ('r', 'p') and c.oid <> p.polrelid
  and coalesce(pg_get_function_sqlbody(f.oid), f.prosrc)
      ~* ('\m' || regexp_replace(c.relname, '([^\w])', '\\\1', 'g') || '\M')
join pg_namespace n on n.oid = c.relnamespace
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
where p.polrelid = {0}::regclass)sql";

// Texts in single quotes.
static std::set<std::string> literals_in(std::string const& expression)
{
    static std::regex const literal{"'([^']{1,40})'"};
    std::set<std::string> out;
    auto const begin = std::sregex_iterator{expression.begin(), expression.end(), literal};
    for (auto at = begin; at != std::sregex_iterator{}; ++at) out.insert((*at)[1].str());
    return out;
}

// One's own row with the other's name in it, and with each text that `own_policies` asks for.
static std::vector<std::string> renamed_rows(
    cell const& c,
    probe::table const& m,
    probe::role_facts const& facts,
    std::string const& own_policies
)
{
    static constexpr std::size_t rows_max = 8;
    auto const from = probe::stored_tenant_value(c.ctx, c.s.intruder);
    auto const to = probe::stored_tenant_value(c.ctx, c.s.victim);
    std::vector<std::string> out{probe::copy_row_sql(m, facts, from, to)};
    for (auto const& f : facts.columns) {
        auto const is_asked = own_policies.find(f.name) != std::string::npos;
        if (!f.may_insert || !f.is_text() || !is_asked || f.name == m.tenant_column) continue;
        for (auto const& text : literals_in(own_policies)) {
            if (out.size() == rows_max) break;
            out.push_back(probe::copy_row_sql(m, facts, from, to, {{f.name, quote_literal(text)}}));
        }
    }
    std::erase(out, "");
    return out;
}

// Rows that join the one tenant to the other: each column of the tenant column's type names either.
static std::vector<std::string> joining_rows(
    cell const& c,
    probe::table const& m,
    probe::role_facts const& facts,
    std::string_view type,
    std::string const& own_policies
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
    probe::table as_named = m;
    for (auto const& f : facts.columns) {
        if (as_named.tenant_column.empty() && f.type == type) as_named.tenant_column = f.name;
    }
    if (as_named.tenant_column.empty()) return out;
    auto renamed = renamed_rows(c, as_named, facts, own_policies);
    std::ranges::move(renamed, std::back_inserter(out));
    return out;
}

static constexpr auto policies_sql = R"sql(
select coalesce(string_agg(coalesce(pg_get_expr(polqual, polrelid), '') || ' ' ||
                           coalesce(pg_get_expr(polwithcheck, polrelid), ''), ' '), '')
from pg_policy where polrelid = {}::regclass)sql";

static asio::awaitable<std::string> policies_of(cell c)
{
    auto sql = fmt::format(policies_sql, quote_literal(c.t.quoted()));
    auto const rows = co_await c.s.site.db->query(std::move(sql));
    if (rows.has_error() || rows->values.empty()) co_return std::string{};
    co_return rows->values[0][0].value_or("");
}

// The members of documents that an expression reads: ->> 'tenant_id'.
static std::set<std::string> members_in(std::string const& expression)
{
    static std::regex const member{"->>?\\s*'([^']+)'"};
    std::set<std::string> out;
    auto const begin = std::sregex_iterator{expression.begin(), expression.end(), member};
    for (auto at = begin; at != std::sregex_iterator{}; ++at) out.insert((*at)[1].str());
    return out;
}

static bool is_document(probe::column_facts const& f)
{
    return f.type == "jsonb" || f.type == "json";
}

// One's own rows of `m`, with the other's name in what the policies read of them.
static asio::awaitable<void> try_updates(
    cell c, probe::table m, probe::role_facts facts, std::string policies, std::vector<attempt>& out
)
{
    auto const tenant = co_await c.s.site.role->facts_of(c.t);
    if (tenant.has_error() || tenant->find(c.t.tenant_column) == nullptr) co_return;
    auto const type = tenant->find(c.t.tenant_column)->type;
    auto const theirs = quote_literal(probe::stored_tenant_value(c.ctx, c.s.victim));
    for (auto const& f : facts.columns) {
        auto const is_read = policies.find(f.name) != std::string::npos;
        if (!f.may_update || !is_read || f.name == "id") continue;
        auto const name = quote_identifier(f.name);
        std::string value;
        if (is_document(f)) {
            value = "coalesce(" + name + "::jsonb, '{}')";
            for (auto const& member : members_in(policies)) {
                value += fmt::format(
                    " || jsonb_build_object({}, {}::text)", quote_literal(member), theirs
                );
            }
            value = fmt::format("({})::{}", value, f.type);
        } else if (f.type == type || f.is_text()) {
            value = theirs;
        }
        if (value.empty()) continue;
        auto sql = fmt::format("update {} set {} = {}", m.quoted(), name, value);
        co_await try_way(c, "UPDATE of " + m.display(), std::move(sql), out);
        if (out.back().victim) co_return;
    }
}

// As somebody whom nothing binds, a membership is added; then, as the application's role in the
// same transaction, one's own rows are read. All of it is rolled back.
static asio::awaitable<void>
try_second(cell c, std::string insert, std::string app_role, attempt& a)
{
    auto const own = probe::stored_tenant_value(c.ctx, c.s.intruder);
    auto const sql = fmt::format(
        "begin; set local statement_timeout = '4s'; set local lock_timeout = '300ms'; {}; "
        "set local role {}; {}; {}",
        insert,
        quote_identifier(app_role),
        probe::context_sql_of(c.ctx, c.s.intruder),
        owners_sql(c.t)
    );
    auto const rows = co_await c.s.site.db->script(sql, std::chrono::seconds{10});
    static_cast<void>(co_await c.s.site.db->script("rollback", std::chrono::seconds{5}));
    a.answered = rows.has_value();
    a.reproduction = evidence::psql_command(
        probe::variable_for(c.ctx, c.ctx.postgres_store().url), sql + "; rollback"
    );
    auto const fails = rows.has_error() && rows.error().detail == "21000";
    auto const values = rows.has_value() ? probe::texts_of(*rows) : std::vector<std::string>{};
    auto const is_lost = rows.has_value() && std::ranges::count(values, own) == 0;
    if (!fails && !is_lost) co_return;
    a.loses_own = true;
    a.victim = c.s.intruder;
    if (fails) a.failure = rows.error().message;
}

static asio::awaitable<void>
try_two_tenants(cell c, probe::table m, std::vector<std::string> inserts, std::vector<attempt>& out)
{
    auto const me = co_await c.s.site.role->look("", "select current_user");
    if (me.has_error()) co_return;
    for (auto const& insert : inserts) {
        attempt a{.way = "a second membership in " + m.display(), .table = c.t.display()};
        a.intruder = c.s.intruder;
        co_await try_second(c, insert, me->values[0][0].value_or(""), a);
        out.push_back(std::move(a));
        if (out.back().victim) co_return;
    }
}

asio::awaitable<void> try_memberships(cell c, std::vector<attempt>& out)
{
    if (c.s.site.is_replica) co_return;
    auto sql = fmt::format(read_by_policies_sql, quote_literal(c.t.quoted()));
    auto const read = co_await c.s.site.db->query(std::move(sql));
    auto const guarded = co_await c.s.site.role->facts_of(c.t);
    if (read.has_error() || guarded.has_error()) co_return;
    auto const* const tenant = guarded->find(c.t.tenant_column);
    if (tenant == nullptr) co_return;
    auto const policies = co_await policies_of(c);
    for (auto const& row : read->values) {
        probe::table m{.schema = *row[0], .name = *row[1]};
        for (auto const& known : c.s.site.tables) {
            if (known.display() == m.display()) m = known;
        }
        auto facts = co_await c.s.site.role->facts_of(m);
        if (facts.has_error()) continue;
        cell const members{c.ctx, c.s, m};
        auto const own = co_await policies_of(members);
        if (facts->may_insert()) {
            auto const inserts = joining_rows(c, m, *facts, tenant->type, own);
            for (auto const& insert : inserts) {
                co_await try_way(c, "INSERT into " + m.display(), insert, out);
                if (out.back().victim) break;
            }
        }
        co_await try_updates(c, m, *facts, policies, out);
        // Nothing keeps the privileged role from writing there.
        for (auto& f : facts->columns) f.may_insert = !f.is_generated;
        co_await try_two_tenants(c, m, joining_rows(c, m, *facts, tenant->type, ""), out);
    }
}

asio::awaitable<void> try_claims(cell c, std::vector<attempt>& out)
{
    auto const policies = co_await policies_of(c);
    if (to_lower(policies).find("user_meta") == std::string::npos) co_return;
    auto const theirs = probe::stored_tenant_value(c.ctx, c.s.victim);
    std::string enter;
    for (auto const& [name, value] : probe::settings_of(c.ctx, c.s.intruder)) {
        auto claims = nlohmann::json::parse(value, nullptr, false);
        auto text = value;
        if (claims.is_object()) {
            for (auto const* const part : {"user_metadata", "raw_user_meta_data"}) {
                for (auto const& member : members_in(policies)) {
                    if (member != part) claims[part][member] = theirs;
                }
            }
            text = claims.dump();
        }
        enter += fmt::format(
            "{}select set_config({}, {}, true)",
            enter.empty() ? "" : "; ",
            quote_literal(name),
            quote_literal(text)
        );
    }
    co_await try_way(c, "a claim in user_metadata", "select 1", out, enter);
}

} // namespace watertight::probes::postgres::policy_escape
