#include "probes/postgres/cross_writes/probe.hpp"

#include "harness/probe/postgres_role.hpp"
#include "harness/probe/table_owner.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/cross_writes/views.hpp"

#include <algorithm>
#include <map>

namespace watertight::probes::postgres::cross_writes {

constexpr probe::spec spec{
    .id = "postgres.cross_writes",
    .title = "Row-level security lets a tenant write into another tenant's rows",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-284",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P09 P10 P11 P34 P51 P61",
    .rationale =
        "Policies for reading are tried out every day, those for writing never: a WITH CHECK that "
        "is always true, a verb without a policy, TRUNCATE, which no policy stops.",
    .remedy = "Give each policy a WITH CHECK that names the tenant, make the tenant column NOT "
              "NULL, and grant no TRUNCATE to the application's role.",
};

static constexpr std::size_t pairs_max = 2;

using stores::quote_identifier;
using stores::quote_literal;

// One table, seen by the application's role.
struct site {
    probe::context& ctx;
    stores::postgres& db;
    probe::role_session& role;
    probe::table const& table;
    probe::role_facts const& facts;
    probe::owner_keys const& keys;

    bool names_owner(std::string const& column) const
    {
        return std::ranges::count(keys.columns, column) != 0;
    }
    /// What gives a row to this tenant: "a = 1, b = 2"; empty if the role may not write that.
    std::string giving(tenant_index to) const;
};

std::string site::giving(tenant_index to) const
{
    // The tenants' own table: a row there is a tenant, and belongs to nobody else.
    if (table.is_tenants) return {};
    std::vector<std::string> out;
    for (auto const& [column, value] : keys.values(to)) {
        auto const* const known = facts.find(column);
        if (known == nullptr || !known->may_update) return {};
        out.push_back(fmt::format("{} = {}", quote_identifier(column), value));
    }
    return join(out, ", ");
}

static ending ending_of(result<stores::postgres_rows> const& answer, std::uint64_t allowed)
{
    if (answer.has_value()) return answer->affected > allowed ? ending::touched : ending::nothing;
    if (probe::is_constraint(answer.error())) return ending::constrained;
    return probe::is_forbidden(answer.error()) ? ending::refused : ending::unknown;
}

// The same statement in the intruder's and, about one's own, in the victim's context.
struct statement {
    std::string verb{};
    std::string aim{};
    std::string foreign{};
    std::string own{};
    /// Rows that it may touch: the intruder's own.
    std::uint64_t allowed = 0;
    /// A constraint may refuse it for reasons of the intruder's own rows.
    bool constraint_is_vague = false;
};

static asio::awaitable<attempt>
try_one(site s, tenant_index victim, tenant_index intruder, statement what)
{
    attempt out{.verb = what.verb, .aim = what.aim};
    auto const as_intruder = probe::context_sql_of(s.ctx, intruder);
    out.reproduction = s.role.reproduction(as_intruder, what.foreign);
    auto const answer = co_await s.role.attempt(as_intruder, what.foreign);
    out.how = ending_of(answer, what.allowed);
    if (answer.has_error()) out.failure = answer.error().message;
    if (out.how == ending::constrained && what.constraint_is_vague) out.how = ending::unknown;
    auto const own = co_await s.role.attempt(probe::context_sql_of(s.ctx, victim), what.own);
    auto const own_ending = ending_of(own, 0);
    out.owner_may = own_ending == ending::touched || own_ending == ending::constrained;
    co_return out;
}

static probe::column_facts const* plain_column(site const& s)
{
    for (auto const& c : s.facts.columns) {
        auto const is_plain = !c.is_unique && !c.refers && !s.names_owner(c.name);
        if (c.may_update && is_plain) return &c;
    }
    return nullptr;
}

static asio::awaitable<std::optional<std::string>> scalar(stores::postgres& db, std::string sql)
{
    auto const rows = co_await db.query(std::move(sql));
    if (rows.has_error() || rows->values.empty()) co_return std::nullopt;
    co_return rows->values[0][0];
}

static std::string where_own(site const& s, tenant_index t)
{
    return " where " + s.keys.condition(t, "t");
}

// Rows of the intruder's; nothing if there are too many to have them all written for a trial.
static asio::awaitable<std::optional<std::uint64_t>> own_rows(site s, tenant_index t)
{
    static constexpr std::uint64_t rows_max = 20'000;
    auto sql = fmt::format(
        "select count(*) from (select from {} t{} limit {}) r",
        s.table.quoted(),
        where_own(s, t),
        rows_max + 1
    );
    auto const count = co_await scalar(s.db, std::move(sql));
    if (!count) co_return std::nullopt;
    std::uint64_t const n = std::stoull(*count);
    if (n > rows_max) co_return std::nullopt;
    co_return n;
}

static void add_filtered(site const& s, tenant_index victim, std::vector<statement>& out)
{
    auto const where = where_own(s, victim);
    for (auto const& c : s.facts.columns) {
        if (!c.may_update) continue;
        auto const name = quote_identifier(c.name);
        auto sql = fmt::format("update {} t set {} = {}{}", s.table.quoted(), name, name, where);
        out.push_back({"UPDATE", "change another tenant's rows", sql, sql});
        break;
    }
    if (!s.facts.may_delete) return;
    auto sql = fmt::format("delete from {} t{}", s.table.quoted(), where);
    out.push_back({"DELETE", "delete another tenant's rows", sql, sql});
    sql = fmt::format(
        "merge into {} t using (select 1) s on {} when matched then delete",
        s.table.quoted(),
        s.keys.condition(victim, "t")
    );
    out.push_back({"MERGE", "delete another tenant's rows by MERGE", sql, sql});
}

// The policies that a MERGE asks are those of what it does, once more in code of its own.
static void
add_merges(site const& s, tenant_index victim, tenant_index intruder, std::vector<statement>& out)
{
    auto const given = s.giving(victim);
    if (given.empty()) return;
    auto const move = [&](tenant_index of) {
        return fmt::format(
            "merge into {} t using (select 1) s on {} when matched then update set {}",
            s.table.quoted(),
            s.keys.condition(of, "t"),
            given
        );
    };
    out.push_back(
        {"MERGE UPDATE", "give its rows to another tenant by MERGE", move(intruder), move(victim)}
    );
}

static void
add_inserts(site const& s, tenant_index victim, tenant_index intruder, std::vector<statement>& out)
{
    std::map<std::string, std::string> as_victims;
    for (auto const& one : s.keys.values(victim)) as_victims.insert(one);
    if (as_victims.empty() || s.table.is_tenants) return;
    auto const from = s.keys.condition(intruder, "r");
    auto const foreign = probe::copy_row_sql(s.table, s.facts, from, as_victims);
    if (foreign.empty()) return;
    auto const own =
        probe::copy_row_sql(s.table, s.facts, s.keys.condition(victim, "r"), as_victims);
    out.push_back({"INSERT", "insert a row under another tenant's id", foreign, own});
    add_merges(s, victim, intruder, out);
    auto const* const column = s.facts.find(s.table.tenant_column);
    if (column == nullptr || !column->is_nullable) return;
    auto const nobodys =
        probe::copy_row_sql(s.table, s.facts, from, {{column->name, std::string{"null"}}});
    auto const shared = fmt::format(
        "{}; {}; select from {} where {} is null",
        nobodys,
        probe::context_sql_of(s.ctx, victim),
        s.table.quoted(),
        quote_identifier(column->name)
    );
    out.push_back(
        {"INSERT of NULL", "insert a row under no tenant's id that another sees", shared, own}
    );
}

// Without a WHERE the server asks the policy for the verb alone.
static asio::awaitable<void>
add_unfiltered(site s, tenant_index victim, tenant_index intruder, std::vector<statement>& out)
{
    auto const own_count = co_await own_rows(s, intruder);
    if (!own_count) co_return;
    auto const name = s.table.quoted();
    if (auto const given = s.giving(victim); !given.empty()) {
        auto const move = fmt::format("update {} t set {}", name, given);
        out.push_back({"UPDATE without WHERE", "give its rows to another tenant", move, move});
    }
    auto const* const plain = plain_column(s);
    if (plain != nullptr) {
        auto const column = quote_identifier(plain->name);
        auto sql = fmt::format(
            "select {}::text from {} t{} limit 1", column, name, where_own(s, intruder)
        );
        auto const held = co_await scalar(s.db, std::move(sql));
        auto const value = held ? quote_literal(*held) : std::string{"null"};
        auto set = fmt::format("update {} set {} = {}", name, column, value);
        statement one{"UPDATE without WHERE", "change another tenant's rows", set, set};
        one.allowed = *own_count;
        one.constraint_is_vague = true;
        if (held || plain->is_nullable) out.push_back(std::move(one));
    }
    if (!s.facts.may_delete) co_return;
    auto const all = "delete from " + name;
    statement one{"DELETE without WHERE", "delete another tenant's rows", all, all};
    one.allowed = *own_count;
    one.constraint_is_vague = true;
    out.push_back(std::move(one));
}

// The privilege is all that TRUNCATE asks for. An owner has it by nature, and worse besides: that
// is one finding, of postgres.policy_escape.
static asio::awaitable<void>
try_truncate(site s, tenant_index victim, tenant_index intruder, trial& out)
{
    if (!s.facts.may_truncate || s.facts.owns) co_return;
    attempt a{.verb = "TRUNCATE", .aim = "empty the table of all tenants", .owner_may = true};
    auto const enter = probe::context_sql_of(s.ctx, intruder);
    auto sql = "truncate " + s.table.quoted() + " cascade";
    a.reproduction = s.role.reproduction(enter, sql);
    auto const answer = co_await s.role.attempt(enter, std::move(sql));
    a.how = answer.has_value() ? ending::touched : ending_of(answer, 0);
    if (answer.has_error()) a.failure = answer.error().message;
    static_cast<void>(victim);
    out.attempts.push_back(std::move(a));
}

// Where policies are in force for a role, the server takes no COPY FROM of it at all: one that is
// taken, though nothing is sent, writes past them.
static asio::awaitable<void> try_copy(site s, tenant_index intruder, trial& out)
{
    if (!s.facts.may_insert() || s.facts.owns || s.table.is_tenants) co_return;
    attempt a{.verb = "COPY", .aim = "write rows past the policies", .owner_may = true};
    auto const enter = probe::context_sql_of(s.ctx, intruder);
    auto sql = fmt::format("copy {} from stdin", s.table.quoted());
    a.reproduction = s.role.reproduction(enter, sql);
    auto const answer = co_await s.role.attempt(enter, std::move(sql));
    a.how = answer.has_value() ? ending::touched : ending::refused;
    out.attempts.push_back(std::move(a));
}

static asio::awaitable<trial> try_pair(site s, tenant_index victim, tenant_index intruder)
{
    trial out{.table = s.table.display(), .victim = victim, .intruder = intruder, .attempts = {}};
    std::vector<statement> all;
    add_inserts(s, victim, intruder, all);
    add_filtered(s, victim, all);
    co_await add_unfiltered(s, victim, intruder, all);
    for (auto const& one : all) {
        auto a = co_await try_one(s, victim, intruder, one);
        // Before PostgreSQL 15 there is no MERGE.
        if (one.verb.starts_with("MERGE") && a.how == ending::unknown) continue;
        out.attempts.push_back(std::move(a));
    }
    co_await try_truncate(s, victim, intruder, out);
    co_await try_copy(s, intruder, out);
    co_return out;
}

static asio::awaitable<void> try_table(
    probe::context& ctx,
    stores::postgres& db,
    probe::role_session& role,
    probe::table t,
    std::vector<trial>& trials,
    probe::conclusion& out
)
{
    auto const present = co_await probe::tenants_in(ctx, db, t);
    auto const facts = co_await role.facts_of(t);
    auto const keys = co_await probe::owner_keys_of(ctx, db, t);
    if (present.has_error() || facts.has_error() || keys.has_error()) {
        auto const& why = present.has_error() ? present.error()
                          : facts.has_error() ? facts.error()
                                              : keys.error();
        out.add_undecided(t.display() + ": " + why.message);
        co_return;
    }
    if (present->size() < 2) {
        out.notes.push_back(t.display() + " holds no two tenants' rows: no write was tried");
        co_return;
    }
    site const s{ctx, db, role, t, *facts, *keys};
    for (std::size_t i = 0; i < std::min(pairs_max, present->size()); ++i) {
        auto const victim = (*present)[i];
        auto const intruder = (*present)[(i + 1) % present->size()];
        auto one = co_await try_pair(s, victim, intruder);
        if (!one.attempts.empty()) trials.push_back(std::move(one));
        ctx.tick();
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto site = co_await probe::open_role_site(ctx);
    if (auto refused = site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    if (site.is_replica) {
        out.not_applicable = "a primary: on this replica nothing can be written";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& t : site.tables) {
        if (!probe::is_protected(ctx.postgres_store(), t)) continue;
        co_await try_table(ctx, *site.db, *site.role, t, trials, out);
    }
    co_await try_views(ctx, *site.db, site, trials);
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    judged.notes = std::move(out.notes);
    if (trials.empty()) judged.add_undecided("no table under row-level security could be written");
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::cross_writes
