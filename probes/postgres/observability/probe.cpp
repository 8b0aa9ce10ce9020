#include "probes/postgres/observability/probe.hpp"

#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/observability/stage.hpp"

#include <algorithm>
#include <regex>

namespace watertight::probes::postgres::observability {

constexpr probe::spec spec{
    .id = "postgres.observability",
    .title = "The database tells one tenant's session what others do",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::medium,
    .cwe = "CWE-200",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P41 P43 P45 P46 P47 P50",
    .rationale = "Policies guard rows. Statements of other sessions, NOTIFY, replication slots and "
                 "advisory locks belong to the server or to the role, which all tenants share.",
    .remedy = "Send values as parameters, or switch track_activities off for the application's "
              "role; tell channels ids alone; no REPLICATION for the application's role; put the "
              "tenant into the key of an advisory lock.",
};

// The application's role, past its pooler; where that can't be, the privileged role, which may
// listen no more than any other.
static asio::awaitable<std::optional<stores::postgres>>
open_direct(probe::context& ctx, bool& is_role)
{
    auto role = co_await probe::role_session::open(ctx);
    if (role.has_error()) co_return std::nullopt;
    auto const me = co_await role->look("", "select session_user");
    if (me.has_value() && !me->values.empty()) {
        auto own = co_await probe::connect_as(ctx, me->values[0][0].value_or(""), false);
        is_role = own.has_value();
        if (own.has_value()) co_return std::move(*own);
    }
    auto url = ctx.postgres_store().url;
    auto other = co_await stores::postgres::connect(ctx.core(), url, std::chrono::seconds{3});
    if (other.has_error()) co_return std::nullopt;
    co_return std::move(*other);
}

static void
note_activity(watched const& seen, stage const& s, tenant_index who, std::vector<attempt>& out)
{
    attempt a{.what = sight::activity, .channel = "postgres sessions"};
    a.victim = who;
    a.intruder = who == s.victim ? s.intruder : s.victim;
    a.control = seen.looks > 0;
    a.failure = seen.failure;
    a.token = seen.token;
    a.reproduction =
        s.role.reproduction("", "select query from pg_stat_activity where pid <> pg_backend_pid()");
    out.push_back(std::move(a));
}

static std::optional<std::string> plan_rows(result<stores::postgres_rows> const& plan)
{
    static std::regex const rows{"\"Plan Rows\": (\\d+)"};
    std::smatch found;
    if (plan.has_error() || plan->values.empty()) return std::nullopt;
    std::string const text = plan->values[0][0].value_or("");
    if (!std::regex_search(text, found, rows)) return std::nullopt;
    return found[1].str();
}

// The planner's estimates and the sizes of relations are open to every role that may read a table.
// Roles that share one can't be kept from them, so that this is told and fails nothing.
static asio::awaitable<void> note_estimates(stage s, probe::conclusion& out)
{
    if (!probe::has_context(s.ctx.postgres_store())) co_return;
    auto const tables = co_await probe::list_tables(s.db, s.ctx.postgres_store());
    if (tables.has_error()) co_return;
    auto const theirs = probe::stored_tenant_value(s.ctx, s.victim);
    auto const absent = probe::absent_twin(theirs, s.ctx.random());
    auto const enter = probe::context_sql_of(s.ctx, s.intruder);
    for (auto const& t : *tables) {
        if (!probe::is_protected(s.ctx.postgres_store(), t) || t.tenant_column.empty()) continue;
        auto const sql = fmt::format(
            "explain (format json) select from {} where {} = ",
            t.quoted(),
            stores::quote_identifier(t.tenant_column)
        );
        auto const of_theirs = co_await s.role.look(enter, sql + stores::quote_literal(theirs));
        auto const of_absent = co_await s.role.look(enter, sql + stores::quote_literal(absent));
        auto const there = plan_rows(of_theirs);
        auto const nowhere = plan_rows(of_absent);
        if (!there || !nowhere || there == nowhere) continue;
        out.notes.push_back(fmt::format(
            "{}: EXPLAIN estimates {} rows for another tenant and {} for one that nobody has. "
            "Statistics are kept past row security: whoever may send SQL of their own learns "
            "that, and sizes of tables, unless each tenant has a role and tables of its own.",
            t.display(),
            *there,
            *nowhere
        ));
        co_return;
    }
}

// LISTEN asks for no privilege, so that whoever could be had straight hears what all hear.
static asio::awaitable<void> watch_victim(stage s, watched& seen, std::vector<attempt>& out)
{
    auto const names = co_await channels_of(s);
    auto const url = s.ctx.postgres_store().url;
    if (names.empty()) {
        seen = co_await watch_work(s, s.victim);
        co_return;
    }
    auto ear = co_await stores::postgres_listener::open(url, names, std::chrono::seconds{5});
    seen = co_await watch_work(s, s.victim);
    result<std::vector<stores::postgres_notice>> told{std::vector<stores::postgres_notice>{}};
    if (ear.has_error())
        told = ear.error();
    else
        told = co_await ear->take(std::chrono::seconds{5});
    note_channels(s, names, told, out);
}

static asio::awaitable<void> watch_both(stage s, std::vector<attempt>& out)
{
    watched of_victim;
    co_await watch_victim(s, of_victim, out);
    note_activity(of_victim, s, s.victim, out);
    if (s.direct != nullptr) co_await note_slots(s, out);
    s.ctx.tick();
    if (of_victim.locks.empty()) co_return;
    auto const of_intruder = co_await watch_work(s, s.intruder);
    static constexpr int locks_max = 2;
    int timed = 0;
    for (auto const& take : of_victim.locks) {
        if (std::ranges::count(of_intruder.locks, take) == 0 || timed++ == locks_max) continue;
        co_await time_lock(s, take, out);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const pairs = ctx.few_pairs(1);
    if (!ctx.has_postgres() || !ctx.has_app_postgres() || pairs.empty()) {
        out.not_applicable = "stores.postgres with url and app_role_url, and two tenants";
        co_return out;
    }
    auto const db = co_await ctx.postgres();
    auto role = co_await probe::role_session::open(ctx);
    if (db.has_error()) out.add_undecided(db.error().message);
    if (role.has_error()) out.add_undecided(role.error().message);
    if (!out.undecided.empty()) co_return out;
    bool is_role = false;
    auto direct = co_await open_direct(ctx, is_role);
    stage s{.ctx = ctx, .role = *role, .db = **db, .is_role = is_role};
    s.direct = direct ? &*direct : nullptr;
    s.victim = pairs.front().victim;
    s.intruder = pairs.front().intruder;
    std::vector<attempt> attempts;
    co_await watch_both(s, attempts);
    auto judged = judge(attempts);
    co_await note_estimates(s, judged);
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::observability
