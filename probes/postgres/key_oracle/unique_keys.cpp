#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/key_oracle/keys.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::postgres::key_oracle {

using stores::quote_identifier;
using stores::quote_literal;

// In the catalogue as the privileged role sees it. What an expression or a condition of a key reads
// stands among its dependencies. Parts of a table have keys of their own besides those that each of
// them has of the whole.
static constexpr auto unique_sql = R"sql(
select i.indexrelid::regclass::text, string_agg(a.attname, E'\x1f' order by a.attnum),
       i.indrelid::regclass::text, (i.indrelid <> {0}::regclass)::int
from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum > 0 and (a.attnum = any (i.indkey)
  or exists (select from pg_depend d where d.classid = 'pg_class'::regclass
             and d.objid = i.indexrelid and d.refclassid = 'pg_class'::regclass
             and d.refobjid = i.indrelid and d.refobjsubid = a.attnum))
where i.indrelid in (select {0}::regclass union select relid from pg_partition_tree({0}::regclass))
  and (i.indisunique or i.indisexclusion)
  and not exists (select from pg_inherits x where x.inhrelid = i.indexrelid)
group by i.indexrelid)sql";

// By which columns rows are dealt out to the parts of a table.
static constexpr auto parted_by_sql = R"sql(
select a.attname from pg_partition_tree({0}::regclass) t
join pg_partitioned_table p on p.partrelid = t.relid
join pg_attribute a on a.attrelid = p.partrelid and a.attnum = any (p.partattrs::int2[]))sql";

// A key, and the table or the part of one whose it is.
struct unique_key {
    std::string name{};
    std::vector<std::string> columns{};
    std::string in{};
    bool is_of_part = false;
    /// What deals rows out to the parts, as far as it is neither the tenant nor in the key.
    std::vector<std::string> parted_by{};
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
chosen_values(bench const& b, unique_key k)
{
    auto columns = k.columns;
    columns.insert(columns.end(), k.parted_by.begin(), k.parted_by.end());
    std::vector<std::string> shown;
    for (auto const& c : columns) shown.push_back("r." + quote_identifier(c) + "::text");
    auto sql = fmt::format(
        "select {} from {} r where {} limit 100",
        join(shown, ", "),
        k.in,
        b.keys.condition(b.victim, "r")
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

// Rows of a part meet there alone: what deals them out has to be the same.
static asio::awaitable<bool> meet_in_part(bench& b, unique_key& k)
{
    auto sql = fmt::format(parted_by_sql, quote_literal(b.t.quoted()));
    auto const rows = co_await b.s.site.db->query(std::move(sql));
    if (rows.has_error()) co_return false;
    for (auto const& name : probe::texts_of(*rows)) {
        auto const is_known = std::ranges::count(k.columns, name) != 0 ||
                              std::ranges::count(b.keys.columns, name) != 0;
        if (!is_known) k.parted_by.push_back(name);
    }
    sql = fmt::format("select distinct {} from {} r", b.keys.text_sql("r"), k.in);
    auto const there = co_await b.s.site.db->query(std::move(sql));
    if (there.has_error()) co_return false;
    std::set<tenant_index> present;
    for (auto const& value : probe::texts_of(*there)) {
        auto const at = b.keys.owners.find(value);
        if (at != b.keys.owners.end()) present.insert(at->second);
    }
    if (present.size() < 2) co_return false;
    b.intruder = *present.begin();
    b.victim = *std::next(present.begin());
    co_return true;
}

static asio::awaitable<void> try_unique(bench b, unique_key k, std::vector<attempt>& out)
{
    if (k.is_of_part) {
        auto const meets = co_await meet_in_part(b, k);
        if (!meets) b.ctx.covered().skipped("key", k.name, "its part holds no two tenants' rows");
        if (!meets) co_return;
    }
    auto const theirs = co_await chosen_values(b, k);
    auto const sql = b.copy(b.intruder, theirs);
    if (theirs.empty() || sql.empty()) co_return;
    attempt a{.what = kind::unique, .table = b.t.display(), .key = k.name};
    a.columns = join(k.columns, ", ");
    a.victim = b.victim;
    a.intruder = b.intruder;
    auto const enter = b.enter(b.intruder);
    a.reproduction = b.s.site.role->reproduction(enter, sql);
    auto const now = "set constraints all immediate; " + enter;
    auto others = new_texts(b, theirs);
    for (auto const& name : k.parted_by) others.emplace(name, theirs.at(name));
    auto const free = co_await b.s.site.role->attempt(now, b.copy(b.intruder, others));
    auto const taken = co_await b.s.site.role->attempt(now, sql);
    a.control = free.has_value() && free->affected == 1;
    a.tells = is_duplicate(taken);
    if (free.has_error()) a.failure = "a row with new values: " + free.error().message;
    if (a.control && a.tells) co_await measure_waits(b, theirs, a);
    out.push_back(std::move(a));
}

asio::awaitable<void> try_unique_keys(bench b, std::vector<attempt>& out)
{
    auto sql = fmt::format(unique_sql, quote_literal(b.t.quoted()));
    auto const keys = co_await b.s.site.db->query(std::move(sql));
    if (keys.has_error()) co_return;
    for (auto const& row : keys->values) {
        unique_key k{.name = *row[0], .columns = names_in(row[1]), .in = *row[2]};
        k.is_of_part = row[3] == "1";
        if (!b.names_tenant(k.columns)) co_await try_unique(b, std::move(k), out);
    }
}

} // namespace watertight::probes::postgres::key_oracle
