#include "probes/postgres/row_security/probe.hpp"

#include "harness/probe/postgres_role.hpp"
#include "harness/probe/reach.hpp"
#include "harness/probe/table_owner.hpp"
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

// A table, and how whoever reads it can tell whose a row is.
struct subject {
    probe::table t{};
    probe::owner_keys keys{};
};

static std::string read_sql(subject const& s)
{
    return fmt::format(
        "select {}, t::text from {} t limit {}", s.keys.text_sql("t"), s.t.quoted(), rows_max
    );
}

static std::optional<tenant_index> owner_of(
    probe::context& ctx,
    probe::owner_keys const& keys,
    std::vector<std::optional<std::string>> const& row,
    std::string& token
)
{
    auto const at = row[0] ? keys.owners.find(*row[0]) : keys.owners.end();
    if (at != keys.owners.end()) return at->second;
    std::vector<evidence::sighting> seen;
    // Where nothing says whose a row is, it may name anybody, and be another's who wrote it.
    if (keys.columns.empty())
        seen = probe::canaries_in(ctx, row[1].value_or(""));
    else
        ctx.eye().scan(row[1].value_or(""), seen);
    if (seen.empty()) return std::nullopt;
    token = seen.front().token;
    return seen.front().who.tenant;
}

static void
note_rows(probe::context& ctx, subject const& s, stores::postgres_rows const& rows, attempt& a)
{
    a.rows = rows.values.size();
    for (auto const& row : rows.values) {
        std::string token;
        auto const owner = owner_of(ctx, s.keys, row, token);
        auto const is_strangers = !owner && !s.keys.columns.empty();
        if (is_strangers && row[0] && !row[0]->empty()) a.strangers.insert(*row[0]);
        if (!owner || std::ranges::count(a.owners, *owner) != 0) continue;
        a.owners.push_back(*owner);
        if (a.as != owner) a.token = token;
    }
}

static asio::awaitable<attempt>
ask(probe::context& ctx, probe::role_session& role, subject s, std::string enter, attempt a)
{
    auto const sql = read_sql(s);
    a.reproduction = role.reproduction(enter, sql);
    auto const rows = co_await role.look(std::move(enter), sql);
    a.answered = rows.has_value();
    if (a.answered)
        note_rows(ctx, s, *rows, a);
    else
        a.failure = rows.error().message;
    co_return a;
}

// Behind a pooler a new connection is none: it gets one that the service has just used, with what
// was left on it. The service is made to use one for a tenant who has rows, right before.
static asio::awaitable<void> try_leftover(probe::context& ctx, subject s, trial& out)
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
        out.attempts.push_back(co_await ask(ctx, *fresh, s, "", after));
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
    // The beginning of a number is a number, which somebody else may have in the same setting.
    if (value.size() > 2) {
        auto const begin = value.substr(0, value.size() - 1);
        if (!is_number(value)) out.emplace_back("set to the beginning of an id", begin);
        out.emplace_back("set to the beginning of an id and %", begin + "%");
    }
    if (is_text) {
        out.emplace_back("set to an id in upper case", upper(value));
        out.emplace_back("set to an id with a space behind it", value + " ");
    }
    std::erase_if(out, [&](auto const& one) { return is_tenants(ctx, one.second); });
    return out;
}

static asio::awaitable<void>
try_strange(probe::context& ctx, probe::role_session& role, subject s, trial& out)
{
    auto const facts = co_await role.facts_of(s.t);
    auto const* const column = facts.has_value() ? facts->find(s.t.tenant_column) : nullptr;
    bool const is_text = column != nullptr && column->is_text() && column->type != "citext";
    for (auto const& [what, value] : strange_values(ctx, out, is_text)) {
        attempt a{.context = what, .failure = {}};
        auto enter = probe::context_sql_like(ctx, out.present.front(), value);
        out.attempts.push_back(co_await ask(ctx, role, s, std::move(enter), a));
    }
}

// A plan that was made in one tenant's context, carried out in another's. Nothing may come between
// that makes the server plan anew, as a temporary table does. The statement's name goes before the
// transaction does, for behind a pooler the next one may be on another connection.
static asio::awaitable<void>
try_prepared(probe::context& ctx, probe::role_session& role, subject s, trial& out)
{
    static constexpr auto begin = "begin read only; set local statement_timeout = '4s'; ";
    if (out.present.size() < 2) co_return;
    auto const sql = fmt::format(
        "{}; set local plan_cache_mode = force_generic_plan; prepare watertight_plan as {}; "
        "execute watertight_plan; {}; execute watertight_plan",
        probe::context_sql_of(ctx, out.present[0]),
        read_sql(s),
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
    note_rows(ctx, s, *rows, a);
    out.attempts.push_back(std::move(a));
}

// What a failure takes back is the context, too: after it a transaction is whose it was before.
static asio::awaitable<void>
try_taken_back(probe::context& ctx, probe::role_session& role, subject s, trial& out)
{
    if (out.present.size() < 2) co_return;
    auto const sql = fmt::format(
        "savepoint watertight; {}; rollback to savepoint watertight; {}",
        probe::context_sql_of(ctx, out.present[1]),
        read_sql(s)
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
    note_rows(ctx, s, *rows, a);
    out.attempts.push_back(std::move(a));
}

// COPY asks the same policies by a way of its own; a server that refuses it shows nothing.
static asio::awaitable<void>
try_copied(probe::context& ctx, probe::role_session& role, subject s, trial& out)
{
    static constexpr int bytes_max = 16 << 20;
    if (out.present.empty()) co_return;
    auto const who = out.present[0];
    auto const size = co_await role.look(
        "",
        fmt::format(
            "select (pg_relation_size({}::regclass) <= {})::int",
            stores::quote_literal(s.t.quoted()),
            bytes_max
        )
    );
    // All of it would come.
    if (size.has_error() || size->values[0][0] != "1") co_return;
    attempt a{.context = fmt::format("set to {}, by COPY", ctx.tenant(who).slug), .failure = {}};
    a.as = who;
    auto const enter = probe::context_sql_of(ctx, who);
    auto const sql = fmt::format("copy {} to stdout", s.t.quoted());
    a.reproduction = role.reproduction(enter, sql);
    auto rows = co_await role.look(enter, sql);
    if (rows.has_error()) co_return;
    a.answered = true;
    // Whose a line is, is told by what stands in it.
    for (auto& row : rows->values) row.insert(row.begin(), std::nullopt);
    note_rows(ctx, s, *rows, a);
    out.attempts.push_back(std::move(a));
}

static asio::awaitable<std::string> server_session(probe::role_session& role, std::string enter)
{
    auto const rows = co_await role.look(std::move(enter), "select pg_backend_pid()");
    if (rows.has_error() || rows->values.empty()) co_return std::string{};
    co_return rows->values[0][0].value_or("");
}

// Two clients of a pooler that take turns on one session of the server's, as its process tells:
// what the first had set is gone for the second, or it is not.
static asio::awaitable<void> try_shared(probe::context& ctx, subject s, trial& out)
{
    if (out.present.empty()) co_return;
    auto const who = out.present[0];
    auto first = co_await probe::role_session::open(ctx);
    auto second = co_await probe::role_session::open(ctx);
    if (first.has_error() || second.has_error()) co_return;
    auto const theirs = co_await server_session(*first, probe::context_sql_of(ctx, who));
    attempt a{
        .context = fmt::format(
            "never set, on the server's session that {} had a moment ago", ctx.tenant(who).slug
        ),
        .failure = {}};
    a = co_await ask(ctx, *second, s, "", a);
    auto const ours = co_await server_session(*second, "");
    out.shares_session = !ours.empty() && ours == theirs;
    if (out.shares_session) out.attempts.push_back(std::move(a));
}

// Those who wrote into a table of which nothing says whose a row is.
static asio::awaitable<std::vector<tenant_index>>
writers_in(probe::context& ctx, stores::postgres& db, probe::table t)
{
    std::vector<tenant_index> out;
    auto const rows = co_await probe::marked_rows(ctx, db, t, rows_max);
    if (rows.has_error()) co_return out;
    for (auto const& row : *rows) {
        for (auto const& token : row.tokens) {
            if (std::ranges::count(out, token.who.tenant) == 0) out.push_back(token.who.tenant);
        }
    }
    co_return out;
}

// A refused or failing query shows nothing: for contexts that name nobody that is as good as none.
static asio::awaitable<void> try_contexts(probe::context& ctx, subject s, trial& out)
{
    auto fresh = co_await probe::role_session::open(ctx);
    if (fresh.has_error()) {
        out.attempts.push_back({.context = "any", .failure = fresh.error().message});
        co_return;
    }
    attempt unset{.context = "never set, on a fresh connection", .failure = {}, .is_unset = true};
    out.attempts.push_back(co_await ask(ctx, *fresh, s, "", unset));
    for (std::size_t i = 0; i < std::min<std::size_t>(2, out.present.size()); ++i) {
        attempt own{.context = "set to " + ctx.tenant(out.present[i]).slug, .failure = {}};
        own.as = out.present[i];
        auto enter = probe::context_sql_of(ctx, out.present[i]);
        out.attempts.push_back(co_await ask(ctx, *fresh, s, std::move(enter), own));
    }
    attempt used{.context = "no longer set, on a used connection", .failure = {}, .is_unset = true};
    out.attempts.push_back(co_await ask(ctx, *fresh, s, "", used));
    // A role that all share, and nothing that names one of them.
    auto base = probe::context_base_sql(ctx);
    if (!base.empty()) {
        attempt shared{.context = "of nobody, in the role that all share", .failure = {}};
        out.attempts.push_back(co_await ask(ctx, *fresh, s, std::move(base), shared));
    }
    auto const is_named =
        !out.present.empty() && !probe::context_sql_like(ctx, out.present.front(), "").empty();
    if (is_named) co_await try_strange(ctx, *fresh, s, out);
    co_await try_taken_back(ctx, *fresh, s, out);
    co_await try_shared(ctx, s, out);
    co_await try_copied(ctx, *fresh, s, out);
    co_await try_prepared(ctx, *fresh, s, out);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto site = co_await probe::open_role_site(ctx);
    if (auto refused = site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    std::vector<trial> trials;
    auto is_closed = false;
    for (auto const& t : site.tables) {
        if (!probe::is_protected(ctx.postgres_store(), t)) continue;
        auto const facts = co_await site.role->facts_of(t);
        if (facts.has_value() && !facts->may_select) {
            is_closed = true;
            ctx.covered().skipped("table", t.display(), "the application's role may not read it");
            continue;
        }
        auto present = co_await probe::tenants_in(ctx, *site.db, t);
        if (present.has_error()) {
            out.add_undecided(t.display() + ": " + present.error().message);
            continue;
        }
        if (!t.is_owned()) *present = co_await writers_in(ctx, *site.db, t);
        // Found by itself, and not promised by anybody: there may be no tenant's row in it at all.
        if (ctx.postgres_store().row_security.empty() && present->size() < 2) {
            auto const why = "no two tenants of the run are known to have rows in it";
            ctx.covered().skipped("table", t.display(), why);
            continue;
        }
        auto keys = co_await probe::owner_keys_of(ctx, *site.db, t);
        if (keys.has_error()) {
            out.add_undecided(t.display() + ": " + keys.error().message);
            continue;
        }
        subject const s{t, std::move(*keys)};
        trial one{.table = t.display(), .present = std::move(*present), .attempts = {}};
        co_await try_leftover(ctx, s, one);
        co_await try_contexts(ctx, s, one);
        ctx.covered().examined("table", t.display(), spec.id);
        trials.push_back(std::move(one));
        ctx.tick();
    }
    if (trials.empty() && is_closed && out.undecided.empty()) {
        out.not_applicable = "tables under row-level security that the application's role may read";
        co_return out;
    }
    auto judged = judge(trials);
    auto const shared = std::ranges::count_if(trials, &trial::shares_session);
    if (shared > 0) {
        judged.notes.push_back(fmt::format(
            "Two clients of a pooler were given one session of the server's for {} of {} tables.",
            shared,
            trials.size()
        ));
    }
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    if (trials.empty()) judged.add_undecided("none of the tables under row-level security exists");
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::row_security
