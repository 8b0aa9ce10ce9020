#include "probes/postgres/session_residue/probe.hpp"

#include "harness/probe/postgres_role.hpp"
#include "harness/probe/reach.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::session_residue {

constexpr probe::spec spec{
    .id = "postgres.session_residue",
    .title = "A pooled session still has what a tenant left on it",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-226",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P14 P49 P54",
    .rationale = "In transaction mode a pooler gives a session to whoever begins next, and resets "
                 "nothing in between: what was made for the session outlives its tenant.",
    .remedy = "SET LOCAL instead of SET, temporary tables ON COMMIT DROP, no cursors WITH HOLD; or "
              "a pooler in session mode with DISCARD ALL.",
};

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    for (auto const& r : t.found) {
        probe::violation v;
        v.victim = r.victim;
        v.channel = "postgres session: " + r.what;
        v.detail = fmt::format(
            "A transaction that set nothing was given a session of the pooler's with the {} of a "
            "tenant that had it before.",
            r.what
        );
        v.token = r.token;
        v.position = r.what;
        v.reproduction = r.reproduction;
        out.violations.push_back(std::move(v));
    }
    out.trials = out.controls = t.used;
    if (t.used == 0 && out.violations.empty()) {
        out.not_applicable = "a pooler: each connection to app_role_url got a session of its own";
    }
    return out;
}

static constexpr std::size_t sessions_max = 8;
// A pooler whose sessions are all taken lets the next one wait.
static constexpr auto session_budget = std::chrono::milliseconds{1500};

// Sessions older than this when we are given them are not our own.
static constexpr auto age_sql =
    "select (extract(epoch from clock_timestamp() - backend_start) > 0.3)::int "
    "from pg_stat_activity where pid = pg_backend_pid()";

static constexpr auto temporary_sql =
    "select c.relname from pg_class c where c.relnamespace = pg_my_temp_schema() "
    "and c.relkind in ('r', 'p') limit 20";

static constexpr auto texts_sql =
    "select 'cursor ' || name, statement from pg_cursors where name <> '' union all "
    "select 'prepared statement ' || name, statement from pg_prepared_statements";

// One session, held by an open transaction.
struct held {
    probe::role_session role;
    bool is_used = false;
};

static asio::awaitable<std::vector<held>> hold_sessions(probe::context& ctx)
{
    std::vector<held> out;
    for (std::size_t i = 0; i < sessions_max; ++i) {
        auto role = co_await probe::role_session::open(ctx);
        if (role.has_error()) break;
        auto const began = co_await role->link().script(
            "begin read only; set local statement_timeout = '4s'", session_budget
        );
        if (began.has_error()) break;
        auto const age = co_await role->say(age_sql);
        auto const is_used = age.has_value() && !age->values.empty() && age->values[0][0] == "1";
        out.push_back({std::move(*role), is_used});
    }
    co_return out;
}

static asio::awaitable<void> have_it_used(probe::context& ctx)
{
    auto const reads = probe::collection_reads(ctx.model());
    auto const tenants = ctx.tenants();
    for (std::size_t i = 0; i < std::min<std::size_t>(6, tenants.size() * reads.size()); ++i) {
        auto const who = tenants[i % tenants.size()];
        auto const& read = reads[i % reads.size()];
        auto const place = probe::own_place(ctx, who, read, 0);
        co_await ctx.send(*read.op, ctx.actor(who), place);
    }
}

static void note_canaries(
    probe::context& ctx, std::string what, std::string const& text, std::string how, trial& out
)
{
    auto const seen = probe::canaries_in(ctx, text);
    if (seen.empty()) return;
    auto const is_known = [&](residue const& r) { return r.what == what; };
    if (std::ranges::any_of(out.found, is_known)) return;
    out.found.push_back({what, seen.front().who.tenant, seen.front().token, how});
}

static asio::awaitable<void> look_at_tables(probe::context& ctx, held& h, trial& out)
{
    auto const tables = co_await h.role.say(temporary_sql);
    if (tables.has_error()) co_return;
    for (auto const& row : tables->values) {
        auto const sql = fmt::format(
            "select t::text from pg_temp.{} t limit 500", stores::quote_identifier(*row[0])
        );
        auto const rows = co_await h.role.say(sql);
        if (rows.has_error()) co_return;
        auto const how = h.role.reproduction("", sql);
        for (auto const& one : rows->values) {
            note_canaries(ctx, "temporary table " + *row[0], one[0].value_or(""), how, out);
        }
    }
}

static asio::awaitable<void> look_at_texts(probe::context& ctx, held& h, trial& out)
{
    auto const texts = co_await h.role.say(texts_sql);
    if (texts.has_error()) co_return;
    for (auto const& row : texts->values) {
        auto const how = h.role.reproduction("", texts_sql);
        note_canaries(ctx, row[0].value_or(""), row[1].value_or(""), how, out);
    }
}

// A setting that names a tenant, though this transaction set none.
static asio::awaitable<void> look_at_settings(probe::context& ctx, held& h, trial& out)
{
    for (auto const who : ctx.tenants()) {
        for (auto const& [name, value] : probe::settings_of(ctx, who)) {
            auto const what = "setting " + name;
            auto const is_known = [&](residue const& r) { return r.what == what; };
            if (value.empty() || std::ranges::any_of(out.found, is_known)) continue;
            auto const sql =
                fmt::format("select current_setting({}, true)", stores::quote_literal(name));
            auto const rows = co_await h.role.say(sql);
            if (rows.has_error() || rows->values.empty() || rows->values[0][0] != value) continue;
            out.found.push_back({what, who, value, h.role.reproduction("", sql)});
        }
    }
}

// A search path or a role with a tenant's name in it, though this transaction chose neither.
static asio::awaitable<void> look_at_names(probe::context& ctx, held& h, trial& out)
{
    static constexpr std::size_t name_bytes_min = 6;
    static constexpr auto sql = "select current_setting('search_path') || ' ' || current_user";
    auto const rows = co_await h.role.say(sql);
    if (rows.has_error() || rows->values.empty()) co_return;
    auto const held_text = replace_all(rows->values[0][0].value_or(""), "_", "-");
    std::string const what{"search_path or role"};
    auto const is_known = [&](residue const& r) { return r.what == what; };
    if (std::ranges::any_of(out.found, is_known)) co_return;
    for (auto const who : ctx.tenants()) {
        for (auto const& name : {ctx.tenant(who).slug, probe::stored_tenant_value(ctx, who)}) {
            auto const text = replace_all(name, "_", "-");
            if (text.size() < name_bytes_min || held_text.find(text) == std::string::npos) continue;
            out.found.push_back({what, who, name, h.role.reproduction("", sql)});
            co_return;
        }
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_postgres() || !ctx.has_app_postgres()) {
        out.not_applicable = "stores.postgres with url and app_role_url";
        co_return out;
    }
    co_await have_it_used(ctx);
    auto sessions = co_await hold_sessions(ctx);
    if (sessions.empty()) {
        out.add_undecided("no session could be had as the application's role");
        co_return out;
    }
    trial t{.sessions = sessions.size()};
    for (auto& h : sessions) {
        if (!h.is_used) continue;
        ++t.used;
        co_await look_at_tables(ctx, h, t);
        co_await look_at_texts(ctx, h, t);
        co_await look_at_settings(ctx, h, t);
        co_await look_at_names(ctx, h, t);
        ctx.tick();
    }
    for (auto& h : sessions) static_cast<void>(co_await h.role.say("rollback"));
    co_return judge(t);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::session_residue
