#include "probes/postgres/row_security/probe.hpp"

#include "harness/probe/postgres_role.hpp"
#include "harness/probe/reach.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::row_security {

constexpr probe::spec spec{
    .id = "postgres.row_security",
    .title = "Row-level security does not hold for the application's role",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-284",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P01 P02 P03 P04 P05 P07 P08 P12 P13 P14 P16 P19 P20 P31 P52 P53",
    .rationale =
        "A table made later, a policy that is always true, a role that owns the table: the "
        "policies are there and stop nobody. Only reading as the application's own role "
        "tells.",
    .remedy = "ENABLE and FORCE ROW LEVEL SECURITY on every tenant table, let the application "
              "connect as a role that neither owns them nor has BYPASSRLS, and write policies that "
              "show nothing when the context is unset or empty.",
};

static constexpr std::size_t rows_max = 2000;

static std::string read_sql(probe::table const& t)
{
    return fmt::format(
        "select {}, t::text from {} t limit {}",
        t.tenant_column.empty() ? "null" : stores::quote_identifier(t.tenant_column) + "::text",
        t.quoted(),
        rows_max
    );
}

static std::optional<tenant_index> owner_of(
    probe::context& ctx, std::vector<std::optional<std::string>> const& row, std::string& token
)
{
    for (auto const t : ctx.tenants()) {
        auto const value = probe::stored_tenant_value(ctx, t);
        if (!value.empty() && row[0] == value) return t;
    }
    std::vector<evidence::sighting> seen;
    ctx.eye().scan(row[1].value_or(""), seen);
    if (seen.empty()) return std::nullopt;
    token = seen.front().token;
    return seen.front().who.tenant;
}

static void note_rows(probe::context& ctx, stores::postgres_rows const& rows, attempt& a)
{
    a.rows = rows.values.size();
    for (auto const& row : rows.values) {
        std::string token;
        auto const owner = owner_of(ctx, row, token);
        if (!owner || std::ranges::count(a.owners, *owner) != 0) continue;
        a.owners.push_back(*owner);
        if (a.as != owner) a.token = token;
    }
}

static asio::awaitable<attempt>
ask(probe::context& ctx, probe::role_session& role, probe::table t, std::string enter, attempt a)
{
    auto const sql = read_sql(t);
    a.reproduction = role.reproduction(enter, sql);
    auto const rows = co_await role.look(std::move(enter), sql);
    a.answered = rows.has_value();
    if (a.answered)
        note_rows(ctx, *rows, a);
    else
        a.failure = rows.error().message;
    co_return a;
}

// Behind a pooler a new connection is none: it gets one that the service has just used, with what
// was left on it. The service is made to use one for a tenant who has rows, right before.
static asio::awaitable<void> try_leftover(probe::context& ctx, probe::table t, trial& out)
{
    auto const reads = probe::collection_reads(ctx.model());
    if (reads.empty()) co_return;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, out.present.size()); ++i) {
        auto const who = out.present[i];
        auto const place = probe::own_place(ctx, who, reads.front(), 0);
        co_await ctx.send(*reads.front().op, ctx.actor(who), place);
        auto fresh = co_await probe::role_session::open(ctx);
        if (fresh.has_error()) co_return;
        attempt after{
            .context = "never set, right after a request of " + ctx.tenant(who).slug,
            .failure = {}};
        out.attempts.push_back(co_await ask(ctx, *fresh, t, "", after));
    }
}

static bool is_tenants(probe::context& ctx, std::string_view value)
{
    auto const has = [&](tenant_index t) { return probe::stored_tenant_value(ctx, t) == value; };
    return std::ranges::any_of(ctx.tenants(), has);
}

static std::string upper(std::string text)
{
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

// Texts that name nobody, and yet may name somebody to a policy that compares loosely.
static std::vector<std::pair<std::string, std::string>>
strange_values(probe::context& ctx, trial const& of, bool is_text)
{
    std::vector<std::pair<std::string, std::string>> out{
        {"set to an empty text", ""}, {"set to a text that is nobody's", "watertight"}};
    if (of.present.empty()) return out;
    auto const value = probe::stored_tenant_value(ctx, of.present.front());
    out.emplace_back("set to an id that nobody has", probe::absent_twin(value, ctx.random()));
    out.emplace_back("set to %", "%");
    if (value.size() > 2) {
        out.emplace_back("set to the beginning of an id", value.substr(0, value.size() - 1));
        out.emplace_back(
            "set to the beginning of an id and %", value.substr(0, value.size() - 1) + "%"
        );
    }
    if (is_text) {
        out.emplace_back("set to an id in upper case", upper(value));
        out.emplace_back("set to an id with a space behind it", value + " ");
    }
    std::erase_if(out, [&](auto const& one) { return is_tenants(ctx, one.second); });
    return out;
}

static asio::awaitable<void>
try_strange(probe::context& ctx, probe::role_session& role, probe::table t, trial& out)
{
    auto const facts = co_await role.facts_of(t);
    auto const* const column = facts.has_value() ? facts->find(t.tenant_column) : nullptr;
    bool const is_text = column != nullptr && column->is_text() && column->type != "citext";
    for (auto const& [what, value] : strange_values(ctx, out, is_text)) {
        attempt a{.context = what, .failure = {}};
        auto enter = probe::context_sql_for(ctx, value);
        out.attempts.push_back(co_await ask(ctx, role, t, std::move(enter), a));
    }
}

// A plan that was made in one tenant's context, carried out in another's. Nothing may come between
// that makes the server plan anew, as a temporary table does. The statement's name goes before the
// transaction does, for behind a pooler the next one may be on another connection.
static asio::awaitable<void>
try_prepared(probe::context& ctx, probe::role_session& role, probe::table t, trial& out)
{
    static constexpr auto begin = "begin read only; set local statement_timeout = '4s'; ";
    if (out.present.size() < 2) co_return;
    auto const sql = fmt::format(
        "{}; set local plan_cache_mode = force_generic_plan; prepare watertight_plan as {}; "
        "execute watertight_plan; {}; execute watertight_plan",
        probe::context_sql_of(ctx, out.present[0]),
        read_sql(t),
        probe::context_sql_of(ctx, out.present[1])
    );
    attempt a{
        .context = fmt::format(
            "set to {}, by a statement prepared for {}",
            ctx.tenant(out.present[1]).slug,
            ctx.tenant(out.present[0]).slug
        ),
        .failure = {}};
    a.as = out.present[1];
    a.reproduction = role.reproduction("", sql);
    auto const rows = co_await role.say(begin + sql);
    auto const ended = co_await role.say("deallocate watertight_plan; rollback");
    if (ended.has_error()) {
        static_cast<void>(co_await role.say("rollback"));
        static_cast<void>(co_await role.say("deallocate watertight_plan"));
    }
    if (rows.has_error()) co_return;
    a.answered = true;
    note_rows(ctx, *rows, a);
    out.attempts.push_back(std::move(a));
}

// What a failure takes back is the context, too: after it a transaction is whose it was before.
static asio::awaitable<void>
try_taken_back(probe::context& ctx, probe::role_session& role, probe::table t, trial& out)
{
    if (out.present.size() < 2) co_return;
    auto const sql = fmt::format(
        "savepoint watertight; {}; rollback to savepoint watertight; {}",
        probe::context_sql_of(ctx, out.present[1]),
        read_sql(t)
    );
    attempt a{
        .context = fmt::format(
            "set to {}, after one of {} was taken back",
            ctx.tenant(out.present[0]).slug,
            ctx.tenant(out.present[1]).slug
        ),
        .failure = {}};
    a.as = out.present[0];
    auto const enter = probe::context_sql_of(ctx, out.present[0]);
    a.reproduction = role.reproduction(enter, sql);
    auto const rows = co_await role.look(enter, sql);
    if (rows.has_error()) co_return;
    a.answered = true;
    note_rows(ctx, *rows, a);
    out.attempts.push_back(std::move(a));
}

// A refused or failing query shows nothing: for contexts that name nobody that is as good as none.
static asio::awaitable<void> try_contexts(probe::context& ctx, probe::table t, trial& out)
{
    auto fresh = co_await probe::role_session::open(ctx);
    if (fresh.has_error()) {
        out.attempts.push_back({.context = "any", .failure = fresh.error().message});
        co_return;
    }
    attempt unset{.context = "never set, on a fresh connection", .failure = {}};
    out.attempts.push_back(co_await ask(ctx, *fresh, t, "", unset));
    for (std::size_t i = 0; i < std::min<std::size_t>(2, out.present.size()); ++i) {
        attempt own{.context = "set to " + ctx.tenant(out.present[i]).slug, .failure = {}};
        own.as = out.present[i];
        auto enter = probe::context_sql_of(ctx, out.present[i]);
        out.attempts.push_back(co_await ask(ctx, *fresh, t, std::move(enter), own));
    }
    attempt used{.context = "no longer set, on a used connection", .failure = {}};
    out.attempts.push_back(co_await ask(ctx, *fresh, t, "", used));
    auto const is_one_setting = !probe::context_sql_for(ctx, "").empty();
    if (is_one_setting) co_await try_strange(ctx, *fresh, t, out);
    co_await try_taken_back(ctx, *fresh, t, out);
    co_await try_prepared(ctx, *fresh, t, out);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto site = co_await probe::open_role_site(ctx);
    if (auto refused = site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    std::vector<trial> trials;
    for (auto const& t : site.tables) {
        if (!probe::is_protected(ctx.postgres_store(), t)) continue;
        auto const facts = co_await site.role->facts_of(t);
        if (facts.has_value() && !facts->may_select) {
            ctx.covered().skipped("table", t.display(), "the application's role may not read it");
            continue;
        }
        auto present = co_await probe::tenants_in(ctx, *site.db, t);
        if (present.has_error()) {
            out.add_undecided(t.display() + ": " + present.error().message);
            continue;
        }
        trial one{.table = t.display(), .present = std::move(*present), .attempts = {}};
        co_await try_leftover(ctx, t, one);
        co_await try_contexts(ctx, t, one);
        ctx.covered().examined("table", t.display(), spec.id);
        trials.push_back(std::move(one));
        ctx.tick();
    }
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    if (trials.empty()) judged.add_undecided("none of the tables under row-level security exists");
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::row_security
