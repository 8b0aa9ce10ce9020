#include "probes/postgres/row_ownership/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/row_ownership/references.hpp"

#include <algorithm>
#include <map>

namespace watertight::probes::postgres::row_ownership {

constexpr probe::spec spec{
    .id = "postgres.row_ownership",
    .title = "A row holds one tenant's data and another tenant's id",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-668",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "A15 A16 P28 P36 X04 Q5",
    .rationale = "However it came about (a race, a job in the wrong context, a body that named "
                 "another tenant), a misattributed row is served to the wrong tenant from then on.",
    .remedy = "Set the tenant from the credentials where rows are written, and let the database "
              "check it (WITH CHECK, composite foreign keys).",
};

// Above it a table is sampled: page by page, as the server's TABLESAMPLE SYSTEM chooses them.
static constexpr std::uint64_t rows_max = 20'000'000;
static constexpr std::size_t rows_kept_max = 100;
static constexpr auto scan_budget = std::chrono::minutes{15};

// How much of a table is read: all of it, or some percent.
struct extent {
    std::uint64_t rows = 0;
    double percent = 100;
};

static asio::awaitable<extent> extent_of(stores::postgres& db, probe::table t)
{
    extent out;
    auto sql = fmt::format(
        "select greatest(reltuples, 0)::bigint from pg_class where oid = {}::regclass "
        "and relkind in ('r', 'm')",
        stores::quote_literal(t.quoted())
    );
    auto const rows = co_await db.query(std::move(sql));
    if (rows.has_error() || rows->values.empty()) co_return out;
    out.rows = std::stoull(*rows->values[0][0]);
    if (out.rows > rows_max) {
        out.percent = 100.0 * static_cast<double>(rows_max) / static_cast<double>(out.rows);
    }
    co_return out;
}

// What names the owner, for people: a column, columns of one key, or the way to one.
static std::string owner_words(probe::table const& t)
{
    if (t.link) return fmt::format("{} by {}", t.link->parent, join(t.link->columns, ", "));
    return t.tenant_column.empty() ? join(t.key_columns, ", ") : t.tenant_column;
}

// What is learnt of a table while its rows go by.
class attribution {
public:
    /// @param home  whose schema the table is in.
    attribution(probe::context& ctx, probe::table const& t, std::optional<tenant_index> home)
        : ctx_{ctx}, home_{home}
    {
        found.table = t.display();
        found.tenant_column = home ? "the schema" : owner_words(t);
        found.is_guessed = !home && t.is_guessed;
        for (auto const who : ctx.tenants()) {
            by_value_.emplace(probe::stored_tenant_value(ctx, who), who);
        }
        for (auto const& who : ctx.population().tenants) {
            by_value_.emplace(probe::stored_tenant_value(ctx, who.index), who.index);
        }
    }

    /// @param value  what the tenant column holds.
    void take(std::optional<std::string_view> value, std::string_view text)
    {
        auto tokens = probe::canaries_in(ctx_, text);
        // Without a customer a row says nothing of its tenant.
        if (tokens.empty() || (found.is_guessed && !value)) return;
        ++marked;
        trial::row one;
        one.stored_value = value.value_or("NULL");
        auto const at = by_value_.find(one.stored_value);
        if (home_) {
            one.stored = home_;
            one.stored_value = ctx_.tenant(*home_).slug;
        } else if (at != by_value_.end() && !found.is_guessed) {
            one.stored = at->second;
        } else if (value) {
            take_stranger(std::move(one), std::move(tokens));
            return;
        }
        auto const is_right = [&](auto const& token) {
            return one.stored == token.who.tenant ||
                   (one.stored && ctx_.has_supplied(*one.stored, token.token));
        };
        if (std::ranges::all_of(tokens, is_right)) {
            ++found.rightly;
        } else if (found.rows.size() < rows_kept_max) {
            std::erase_if(tokens, is_right);
            one.tokens = std::move(tokens);
            found.rows.push_back(std::move(one));
        }
    }

    bool home() const noexcept { return home_.has_value(); }

    /// What was learnt of values that are none of the run's tenants'.
    void finish()
    {
        for (auto& [of, one] : strangers_) found.under_others.push_back(std::move(one));
    }

    trial found{};
    std::uint64_t marked = 0;

private:
    void take_stranger(trial::row one, std::vector<evidence::sighting> tokens)
    {
        static constexpr std::size_t values_max = 20'000;
        for (auto const& token : tokens) {
            std::pair const of{one.stored_value, token.who.tenant};
            auto const at = strangers_.find(of);
            if (at != strangers_.end()) {
                ++at->second.count;
                continue;
            }
            if (strangers_.size() >= values_max) continue;
            one.tokens = {token};
            strangers_.emplace(of, trial::strangers{of.first, of.second, 1, one});
        }
    }

    probe::context& ctx_;
    std::optional<tenant_index> home_;
    std::map<std::string, tenant_index> by_value_;
    std::map<std::pair<std::string, tenant_index>, trial::strangers> strangers_;
};

static std::string reproduction_of(probe::context& ctx, probe::table const& t)
{
    return evidence::psql_command(
        probe::variable_for(ctx, ctx.postgres_store().url),
        fmt::format(
            "select {}, t.* from {} t where t::text like '%{}%'",
            t.owner_sql("t"),
            t.quoted(),
            evidence::canary_prefix
        )
    );
}

static void conclude(
    probe::context& ctx,
    probe::table const& t,
    attribution& seen,
    std::vector<trial>& trials,
    probe::conclusion& out
)
{
    seen.finish();
    if (!seen.home() && t.link && !t.link->is_certain && seen.marked > 0) {
        auto const why =
            "several keys lead to an owner, and none says that the row is a part of it";
        ctx.covered().skipped("table", t.display(), why);
    } else if (t.is_owned() || seen.home()) {
        ctx.covered().examined("table", t.display(), spec.id);
        seen.found.reproduction = reproduction_of(ctx, t);
        if (seen.marked > 0) trials.push_back(std::move(seen.found));
    } else if (seen.marked == 0) {
        ctx.covered().examined("table", t.display(), spec.id);
    } else {
        auto const why = "holds tenants' data but no column names the tenant";
        ctx.covered().skipped("table", t.display(), why);
        out.notes.push_back(t.display() + " " + why);
    }
}

// Zero misattributed rows among n that were read support a share of at most 3/n (95 %).
static void
note_sample(extent const& of, std::uint64_t read, std::string name, probe::conclusion& out)
{
    if (of.percent >= 100 || read == 0) return;
    out.notes.push_back(fmt::format(
        "{}: {} of some {} rows were read, as a sample; none misattributed among them would mean "
        "at most {:.2g} of all (95 %)",
        name,
        read,
        of.rows,
        3.0 / static_cast<double>(read)
    ));
}

static asio::awaitable<result<std::uint64_t>>
pass_by(stores::postgres& db, std::string select, attribution& seen)
{
    auto const begun =
        co_await db.script("begin read only; set local statement_timeout = '15min'", scan_budget);
    if (begun.has_error()) co_return begun.error();
    stores::postgres::row_visitor take = [&](auto const row) {
        seen.take(row[0], row[1].value_or(""));
    };
    auto const rows = co_await db.stream(std::move(select), std::move(take), scan_budget);
    static_cast<void>(co_await db.script("rollback"));
    co_return rows;
}

static std::string sampling(extent const& of)
{
    return of.percent < 100 ? fmt::format(" tablesample system ({:.4f})", of.percent) : "";
}

static asio::awaitable<void> scan(
    probe::context& ctx,
    stores::postgres& db,
    probe::table t,
    std::vector<trial>& trials,
    probe::conclusion& out
)
{
    auto const size = co_await extent_of(db, t);
    auto const home = probe::tenant_of_schema(ctx, t.schema);
    auto select = fmt::format(
        "select {}, t::text from {} t{}",
        home ? "null::text" : t.owner_sql("t"),
        t.quoted(),
        sampling(size)
    );
    attribution seen{ctx, t, home};
    auto const rows = co_await pass_by(db, std::move(select), seen);
    ctx.tick();
    if (rows.has_error()) {
        out.add_undecided(t.display() + ": " + rows.error().message);
        ctx.covered().skipped("table", t.display(), rows.error().message);
        co_return;
    }
    note_sample(size, *rows, t.display(), out);
    conclude(ctx, t, seen, trials, out);
}

static constexpr auto others_sql = R"sql(
select c.relkind, n.nspname || '.' || c.relname from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'S', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_' order by 2 limit 5000)sql";

// What holds no rows of its own is not looked into here, and is said to be not.
static asio::awaitable<void> list_others(probe::context& ctx, stores::postgres& db)
{
    auto const rows = co_await db.query(others_sql);
    if (rows.has_error()) co_return;
    for (auto const& row : rows->values) {
        auto const kind = row[0].value_or("");
        if (kind == "v") {
            ctx.covered().skipped("view", *row[1], "has no rows of its own");
        } else if (kind == "S") {
            ctx.covered().skipped("sequence", *row[1], "is a number that belongs to no tenant");
        } else {
            ctx.covered().skipped("foreign table", *row[1], "its rows are another server's");
        }
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_postgres()) {
        out.not_applicable = "stores.postgres with a url that may read every table";
        co_return out;
    }
    auto const db = co_await ctx.postgres();
    if (db.has_error()) {
        out.add_undecided(db.error().message);
        co_return out;
    }
    auto const tables = co_await probe::list_tables(**db, ctx.postgres_store());
    if (tables.has_error()) {
        out.add_undecided(tables.error().message);
        co_return out;
    }
    co_await probe::learn_tenant_values(ctx, **db, *tables);
    std::vector<trial> trials;
    for (auto const& t : *tables) co_await scan(ctx, **db, t, trials, out);
    co_await list_others(ctx, **db);
    auto crossings = co_await find_crossings(ctx, **db, *tables);
    for (auto& one : crossings) trials.push_back(std::move(one));
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    judged.notes = std::move(out.notes);
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::row_ownership
