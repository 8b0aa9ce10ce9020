#include "probes/postgres/key_oracle/probe.hpp"

#include "harness/probe/postgres_scene.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::key_oracle {

constexpr probe::spec spec{
    .id = "postgres.key_oracle",
    .title = "A key without the tenant tells of other tenants' rows, or reaches them",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::medium,
    .cwe = "CWE-203",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P35 P36 P37 P38 P39 P40",
    .rationale = "The server checks unique and foreign keys past row security, on purpose: a key "
                 "that lacks the tenant is one namespace for all of them.",
    .remedy = "Put the tenant into every unique key, and refer by (tenant, id) to a unique key on "
              "both.",
};

using stores::quote_identifier;
using stores::quote_literal;

// In the catalogue as the privileged role sees it. What an expression or a condition of a key reads
// stands among its dependencies.
static constexpr auto unique_sql = R"sql(
select i.indexrelid::regclass::text, string_agg(a.attname, E'\x1f' order by a.attnum)
from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum > 0 and (a.attnum = any (i.indkey)
  or exists (select from pg_depend d where d.classid = 'pg_class'::regclass
             and d.objid = i.indexrelid and d.refclassid = 'pg_class'::regclass
             and d.refobjid = i.indrelid and d.refobjsubid = a.attnum))
where i.indrelid = {}::regclass and (i.indisunique or i.indisexclusion)
group by i.indexrelid having not bool_or(a.attname = {}))sql";

static constexpr auto foreign_sql = R"sql(
select k.conname, a.attname, n.nspname, p.relname, b.attname, (k.confdeltype = 'c')::int
from pg_constraint k
join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
join pg_attribute b on b.attrelid = k.confrelid and b.attnum = k.confkey[1]
join pg_class p on p.oid = k.confrelid join pg_namespace n on n.oid = p.relnamespace
where k.contype = 'f' and k.conrelid = {}::regclass and array_length(k.conkey, 1) = 1
  and a.attname <> {})sql";

// One tenant table as both roles see it.
struct bench {
    probe::context& ctx;
    probe::row_scene& s;
    probe::table t{};
    probe::role_facts facts{};
    tenant_index victim{};
    tenant_index intruder{};

    std::string value(tenant_index who) const { return probe::stored_tenant_value(ctx, who); }
    std::string enter(tenant_index who) const { return probe::context_sql_of(ctx, who); }
    std::string copy(tenant_index who, std::map<std::string, std::string> const& fixed) const
    {
        return probe::copy_row_sql(t, facts, value(who), value(who), fixed);
    }
};

static bool is_chosen(probe::context& ctx, std::string const& value, tenant_index by)
{
    if (ctx.eye().shows_own(value, by)) {
        std::vector<evidence::sighting> seen;
        ctx.eye().scan(value, seen);
        auto const is_canary = [](auto const& one) {
            return one.kind != evidence::token_kind::identifier;
        };
        if (std::ranges::any_of(seen, is_canary)) return true;
    }
    for (auto const& who : ctx.tenant(by).actors) {
        for (auto const name : {"email", "username", "login", "name"}) {
            if (who.attributes.find(name) == value) return true;
        }
    }
    return false;
}

// A row of the victim's whose values in these columns a user chose; empty if there is none.
static asio::awaitable<std::map<std::string, std::string>>
chosen_values(bench const& b, std::vector<std::string> columns)
{
    std::vector<std::string> shown;
    for (auto const& c : columns) shown.push_back(quote_identifier(c) + "::text");
    auto sql = fmt::format(
        "select {} from {} where {} = {} limit 100",
        join(shown, ", "),
        b.t.quoted(),
        quote_identifier(b.t.tenant_column),
        quote_literal(b.value(b.victim))
    );
    std::map<std::string, std::string> out;
    auto const rows = co_await b.s.site.db->query(std::move(sql));
    if (rows.has_error()) co_return out;
    for (auto const& row : rows->values) {
        bool is_whole = true;
        bool is_chosen_by_user = false;
        for (auto const& value : row) {
            is_whole = is_whole && value.has_value();
            is_chosen_by_user = is_chosen_by_user || (value && is_chosen(b.ctx, *value, b.victim));
        }
        if (!is_whole || !is_chosen_by_user) continue;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            out.emplace(columns[i], quote_literal(*row[i]));
        }
        break;
    }
    co_return out;
}

// Texts that nobody has, in the columns of a key that hold texts.
static std::map<std::string, std::string>
new_texts(bench const& b, std::map<std::string, std::string> const& theirs)
{
    std::map<std::string, std::string> out;
    for (auto const& [name, value] : theirs) {
        auto const* const column = b.facts.find(name);
        auto const is_free = column != nullptr && column->is_text() && value.size() > 12;
        if (!is_free) continue;
        out.emplace(name, fmt::format("'watertight{:06}'", b.ctx.random().below(1'000'000)));
    }
    return out;
}

static bool is_duplicate(result<stores::postgres_rows> const& answer)
{
    if (answer.has_value()) return false;
    return answer.error().detail == "23505" || answer.error().detail == "23P01";
}

// What the other has begun to write and not ended: whoever writes the same waits for it. In turn
// with values that nobody writes, so that a slow moment is as likely to be either's.
static asio::awaitable<void>
measure_waits(bench b, std::map<std::string, std::string> theirs, attempt& a)
{
    static constexpr int rounds = 8;
    auto holder = co_await probe::role_session::open(b.ctx);
    if (holder.has_error()) co_return;
    auto const enter = b.enter(b.intruder) + "; set local lock_timeout = '60ms'";
    for (int i = 0; i < 2 * rounds; ++i) {
        auto held = new_texts(b, theirs);
        if (held.empty()) co_return;
        for (auto const& one : theirs) held.insert(one);
        auto const begun = fmt::format(
            "begin; set local statement_timeout = '2s'; set local lock_timeout = '60ms'; {}; {}",
            b.enter(b.victim),
            b.copy(b.victim, held)
        );
        bool const is_waiting = i % 2 == 1;
        std::string const first{is_waiting ? begun : "begin"};
        auto const wrote = co_await holder->say(first);
        auto const since = steady::now();
        static_cast<void>(co_await b.s.site.role->attempt(enter, b.copy(b.intruder, held)));
        auto const took = std::chrono::duration<double, std::milli>{steady::now() - since};
        static_cast<void>(co_await holder->say("rollback"));
        if (wrote.has_error()) co_return;
        (is_waiting ? a.waiting_ms : a.alone_ms).push_back(took.count());
    }
}

static asio::awaitable<void>
try_unique(bench b, std::string key, std::vector<std::string> columns, std::vector<attempt>& out)
{
    auto const theirs = co_await chosen_values(b, columns);
    auto const sql = b.copy(b.intruder, theirs);
    if (theirs.empty() || sql.empty()) co_return;
    attempt a{.what = kind::unique, .table = b.t.display(), .key = key};
    a.columns = join(columns, ", ");
    a.victim = b.victim;
    a.intruder = b.intruder;
    auto const enter = b.enter(b.intruder);
    a.reproduction = b.s.site.role->reproduction(enter, sql);
    auto const now = "set constraints all immediate; " + enter;
    auto const free =
        co_await b.s.site.role->attempt(now, b.copy(b.intruder, new_texts(b, theirs)));
    auto const taken = co_await b.s.site.role->attempt(now, sql);
    a.control = free.has_value() && free->affected == 1;
    a.tells = is_duplicate(taken);
    if (free.has_error()) a.failure = "a row with new values: " + free.error().message;
    if (a.control && a.tells) co_await measure_waits(b, theirs, a);
    out.push_back(std::move(a));
}

struct reference {
    std::string key{};
    std::string column{};
    probe::table parent{};
    std::string parent_column{};
    bool cascades = false;
};

static asio::awaitable<std::string> parents_id(bench const& b, reference const& r, tenant_index of)
{
    auto sql = fmt::format(
        "select {}::text from {} where {} = {} limit 1",
        quote_identifier(r.parent_column),
        r.parent.quoted(),
        quote_identifier(r.parent.tenant_column),
        quote_literal(b.value(of))
    );
    auto const rows = co_await b.s.site.db->query(std::move(sql));
    if (rows.has_error() || rows->values.empty()) co_return std::string{};
    co_return rows->values[0][0].value_or("");
}

static asio::awaitable<void> try_cascade(bench b, reference r, std::vector<attempt>& out)
{
    auto const mine = co_await parents_id(b, r, b.intruder);
    auto const parents = co_await b.s.site.role->facts_of(r.parent);
    if (mine.empty() || parents.has_error() || !parents->may_delete) co_return;
    auto const id = quote_literal(mine);
    auto const child = b.copy(b.victim, {{r.column, id}});
    auto const there =
        fmt::format("select 1 from {} where {} = {}", b.t.quoted(), quote_identifier(r.column), id);
    auto const remove = fmt::format(
        "delete from {} where {} = {}", r.parent.quoted(), quote_identifier(r.parent_column), id
    );
    auto const again = b.enter(b.victim) + "; " + there;
    auto const sql = fmt::format("{}; {}; {}; {}", child, b.enter(b.intruder), remove, again);
    attempt a{.what = kind::cascade, .table = b.t.display(), .key = r.key, .columns = r.column};
    a.victim = b.victim;
    a.intruder = b.intruder;
    a.reproduction = b.s.site.role->reproduction(b.enter(b.victim), sql);
    auto const undisturbed = fmt::format("{}; {}", child, again);
    auto const before = co_await b.s.site.role->attempt(b.enter(b.victim), undisturbed);
    auto const after = co_await b.s.site.role->attempt(b.enter(b.victim), sql);
    a.control = before.has_value() && !before->values.empty() && after.has_value();
    a.tells = a.control && after->values.empty();
    if (a.control) out.push_back(std::move(a));
}

static asio::awaitable<void> try_reference(bench b, reference r, std::vector<attempt>& out)
{
    auto const theirs = co_await parents_id(b, r, b.victim);
    if (theirs.empty()) co_return;
    auto const absent = probe::absent_twin(theirs, b.ctx.random());
    auto const sql = b.copy(b.intruder, {{r.column, quote_literal(theirs)}});
    if (sql.empty()) co_return;
    attempt a{.what = kind::reference, .table = b.t.display(), .key = r.key, .columns = r.column};
    a.victim = b.victim;
    a.intruder = b.intruder;
    auto const enter = b.enter(b.intruder);
    a.reproduction = b.s.site.role->reproduction(enter, sql);
    // Checked when the statement ends, or when somebody asks for it.
    auto const now = std::string{"set constraints all immediate; "};
    auto const accepted = co_await b.s.site.role->attempt(now + enter, sql);
    auto const nowhere = b.copy(b.intruder, {{r.column, quote_literal(absent)}});
    auto const refused = co_await b.s.site.role->attempt(now + enter, nowhere);
    a.control = refused.has_error() && refused.error().detail == "23503";
    a.tells = accepted.has_value() && accepted->affected == 1;
    a.failure = refused.has_error() ? refused.error().message : "what is not there is accepted";
    auto const goes_on = a.tells && r.cascades;
    out.push_back(std::move(a));
    if (goes_on) co_await try_cascade(b, r, out);
}

static asio::awaitable<void> try_keys(bench b, std::vector<attempt>& out)
{
    auto const quoted = quote_literal(b.t.quoted());
    auto const column = quote_literal(b.t.tenant_column);
    auto sql = fmt::format(unique_sql, quoted, column);
    auto const unique = co_await b.s.site.db->query(std::move(sql));
    if (unique.has_value()) {
        for (auto const& row : unique->values) {
            std::vector<std::string> columns;
            for (auto const one : split(*row[1], '\x1f')) columns.emplace_back(one);
            co_await try_unique(b, *row[0], columns, out);
        }
    }
    // Where the application alone keeps rows apart, it has to look at references itself.
    if (!probe::is_protected(b.ctx.postgres_store(), b.t)) co_return;
    sql = fmt::format(foreign_sql, quoted, column);
    auto const foreign = co_await b.s.site.db->query(std::move(sql));
    if (foreign.has_error()) co_return;
    for (auto const& row : foreign->values) {
        reference r{.key = *row[0], .column = *row[1], .parent = {}, .parent_column = *row[4]};
        r.cascades = row[5] == "1";
        for (auto const& t : b.s.site.tables) {
            if (t.schema == row[2] && t.name == row[3]) r.parent = t;
        }
        // What has no tenant is everybody's to refer to.
        if (!r.parent.tenant_column.empty()) co_await try_reference(b, r, out);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto s = co_await probe::open_row_scene(ctx);
    if (auto refused = s.site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    if (s.site.is_replica) {
        out.not_applicable = "a primary: on this replica nothing can be written";
        co_return out;
    }
    std::vector<attempt> attempts;
    std::size_t tables = 0;
    for (auto const& t : s.site.tables) {
        if (t.tenant_column.empty()) continue;
        auto const present = co_await probe::tenants_in(ctx, *s.site.db, t);
        auto facts = co_await s.site.role->facts_of(t);
        if (present.has_error() || facts.has_error() || present->size() < 2) continue;
        if (!facts->may_insert() || !facts->may_select) continue;
        bench const b{ctx, s, t, std::move(*facts), (*present)[1], (*present)[0]};
        co_await try_keys(b, attempts);
        ++tables;
        ctx.tick();
    }
    auto const is_by_several = [](probe::table const& t) { return !t.key_columns.empty(); };
    if (tables == 0 && std::ranges::any_of(s.site.tables, is_by_several)) {
        out.not_applicable = "tables in which one column names the tenant";
        co_return out;
    }
    if (tables == 0) {
        out.add_undecided("no table that the role may write holds two tenants' rows");
        co_return out;
    }
    auto judged = judge(attempts);
    if (attempts.empty()) {
        judged.trials = judged.controls = tables;
        judged.notes.push_back(
            "Every key of the tenant tables that users choose a value of has the tenant in it."
        );
    }
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::key_oracle
