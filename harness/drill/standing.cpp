#include "harness/drill/standing.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <set>

namespace watertight::drill {

static constexpr auto look_budget = std::chrono::minutes{2};

// The columns that sequences fill: those that own one, and those with one in their default.
static constexpr auto filled_sql = R"sql(
select s.oid::regclass::text, t.oid::regclass::text, quote_ident(a.attname),
       sn.nspname || '.' || s.relname, tn.nspname || '.' || t.relname || '.' || a.attname
from pg_class s join pg_namespace sn on sn.oid = s.relnamespace
join pg_sequence q on q.seqrelid = s.oid and q.seqincrement > 0 and not q.seqcycle
join (select d.objid as seq, d.refobjid as tab, d.refobjsubid as col from pg_depend d
      where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
        and d.deptype in ('a', 'i') and d.refobjsubid > 0
      union select d.refobjid, f.adrelid, f.adnum from pg_depend d join pg_attrdef f
        on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
      where d.refclassid = 'pg_class'::regclass) filled on filled.seq = s.oid
join pg_class t on t.oid = filled.tab and t.relkind = 'r'
join pg_namespace tn on tn.oid = t.relnamespace
join pg_attribute a on a.attrelid = t.oid and a.attnum = filled.col and not a.attisdropped
    and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
where s.relkind = 'S' and tn.nspname !~ '^pg_'
  and exists (select from pg_index i where i.indrelid = t.oid and i.indkey[0] = a.attnum)
)sql";

static constexpr auto positions_sql = R"sql(
select schemaname || '.' || sequencename, last_value from pg_sequences
where increment_by > 0 and not cycle and last_value is not null and schemaname !~ '^pg_'
)sql";

// Declared references, and columns "x_id" or "xId" beside one table "x", "xs" or "xes" whose only
// key column has that type. Of what is larger than a few million rows nothing is counted.
static constexpr auto references_sql = R"sql(
with tables as (
    select c.oid, n.nspname, c.relname, n.nspname || '.' || c.relname as label
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      and c.reltuples < 3000000
), keyed as (
    select t.*, a.attnum, a.attname, a.atttypid from tables t
    join pg_index i on i.indrelid = t.oid and i.indisprimary and i.indnkeyatts = 1
    join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
), declared as (
    select k.conrelid as tab, k.conkey[1] as col, k.confrelid as ref, k.confkey[1] as key
    from pg_constraint k where k.contype = 'f' and array_length(k.conkey, 1) = 1
), called as (
    select a.attrelid as tab, a.attnum as col, k.oid as ref, k.attnum as key
    from pg_attribute a join tables t on t.oid = a.attrelid join keyed k
      on k.nspname = t.nspname and k.atttypid = a.atttypid and a.attnum > 0
     and not a.attisdropped and a.attname ~ '.(_id|Id)$'
     and lower(replace(k.relname, '_', '')) in (
            select replace(lower(regexp_replace(a.attname, '(_id|Id)$', '')), '_', '') || e
            from unnest(array['', 's', 'es']) e)
    where not exists (select from declared d where d.tab = a.attrelid and d.col = a.attnum)
)
select t.oid::regclass::text, quote_ident(a.attname), r.oid::regclass::text, quote_ident(b.attname),
       t.label || '.' || a.attname, r.label, f.declared, t.label
from (select *, true as declared from declared union select *, false from called) f
join tables t on t.oid = f.tab join tables r on r.oid = f.ref
join pg_attribute a on a.attrelid = f.tab and a.attnum = f.col
join pg_attribute b on b.attrelid = f.ref and b.attnum = f.key
)sql";

struct reference {
    std::string place;
    std::string to;
    bool is_declared = false;
};

using no_parameters = std::vector<std::optional<std::string>>;
using row_values = std::vector<std::optional<std::string>>;

// Rows that a policy hides would be missed, or taken for absent: with row_security off the query
// fails instead, and the savepoint keeps the transaction.
static asio::awaitable<result<stores::postgres_rows>>
query_apart(stores::postgres& db, std::string sql, std::string_view about, catalogue& out)
{
    auto const opened =
        co_await db.script("savepoint look; set local row_security = off", look_budget);
    if (opened.has_error()) co_return opened.error();
    no_parameters const none;
    auto rows = co_await db.query(std::move(sql), none, look_budget);
    if (!db.is_open()) co_return rows.error();
    auto const closed = co_await db.script("rollback to look", look_budget);
    if (closed.has_error()) co_return closed.error();
    if (rows.has_value()) co_return rows;
    out.unread.push_back(fmt::format("{}: {}", about, rows.error().message));
    co_return stores::postgres_rows{};
}

// Sequences that fill no column by themselves: an application takes numbers from them.
static asio::awaitable<result<void>>
read_positions(stores::postgres& db, std::set<std::string> const& filled, catalogue& out)
{
    auto const all = co_await query_apart(db, positions_sql, "positions of sequences", out);
    if (all.has_error()) co_return all.error();
    for (auto const& row : all->values) {
        auto const name = row[0].value_or("");
        if (!filled.contains(name))
            out.facts.emplace(sequence_position + name, row[1].value_or(""));
    }
    co_return boost::system::in_place_value;
}

static asio::awaitable<result<void>> read_sequences(stores::postgres& db, catalogue& out)
{
    auto const filled = co_await query_apart(db, filled_sql, "sequences", out);
    if (filled.has_error()) co_return filled.error();
    std::set<std::string> names;
    for (auto const& row : filled->values) {
        names.insert(row[3].value_or(""));
        auto const column = row[4].value_or("");
        auto sql = fmt::format(
            "select s.last_value, m.top from {} s, (select max({}) as top from {}) m"
            " where m.top >= s.last_value + s.is_called::int",
            row[0].value_or(""),
            row[2].value_or(""),
            row[1].value_or("")
        );
        auto const seen = co_await query_apart(db, std::move(sql), "next value for " + column, out);
        if (seen.has_error()) co_return seen.error();
        if (seen->values.empty()) continue;
        auto fact = fmt::format("next value of: sequence {}", row[3].value_or(""));
        out.facts.emplace(
            std::move(fact), "not beyond " + column + ": new rows are refused, or repeat a number"
        );
    }
    auto const positions = co_await read_positions(db, names, out);
    co_return positions;
}

// Whether both rows of a reference name the same tenant; null where one of them names none.
static std::string same_tenant_sql(row_values const& about, named_tenant_columns const& tenants)
{
    auto const from = tenants.find(about[7].value_or(""));
    auto const to = tenants.find(about[5].value_or(""));
    if (from == tenants.end() || to == tenants.end()) return "null, null";
    return fmt::format(
        "count(*) filter (where exists (select from {0} b where b.{1} = a.{2}"
        " and b.{3}::text <> a.{4}::text)),"
        " count(*) filter (where exists (select from {0} b where b.{1} = a.{2}"
        " and b.{3}::text = a.{4}::text))",
        about[2].value_or(""),
        about[3].value_or(""),
        about[1].value_or(""),
        stores::quote_identifier(to->second),
        stores::quote_identifier(from->second)
    );
}

// A few that lead elsewhere are a slip; where most do, the application means it.
static void tell_tenants(row_values const& seen, std::string const& place, catalogue& out)
{
    auto const number = [&](std::size_t i) { return std::atoll(seen[i].value_or("0").c_str()); };
    auto const astray = number(2);
    auto const own = number(3);
    if (own == 0 || astray > own) return;
    out.facts.emplace(
        tenants_reference + place,
        astray > 0 ? leads_astray : "each row leads to a row of its own tenant"
    );
}

// A declared reference holds by itself; one that names alone tell is known to be one only where it
// held before.
static void tell_reference(stores::postgres_rows const& seen, reference const& r, catalogue& out)
{
    if (seen.values.empty() || seen.values[0][0] == "0") return;
    auto const dangles = seen.values[0][1] != "0";
    auto const how = dangles ? "some rows lead to no row of " : "each row leads to a row of ";
    if (dangles && r.is_declared) out.facts.emplace("orphans in: " + r.place, how + r.to);
    if (!r.is_declared) out.facts.emplace(undeclared_reference + r.place, how + r.to);
}

static asio::awaitable<result<void>>
read_references(stores::postgres& db, named_tenant_columns const& tenants, catalogue& out)
{
    auto const all = co_await query_apart(db, references_sql, "references", out);
    if (all.has_error()) co_return all.error();
    for (auto const& row : all->values) {
        reference const r{row[4].value_or(""), row[5].value_or(""), row[6] == "t"};
        auto sql = fmt::format(
            "select count(*), count(*) filter (where not exists "
            "(select from {2} b where b.{3} = a.{1})), {4} from {0} a where a.{1} is not null",
            row[0].value_or(""),
            row[1].value_or(""),
            row[2].value_or(""),
            row[3].value_or(""),
            same_tenant_sql(row, tenants)
        );
        auto const seen = co_await query_apart(db, std::move(sql), "references of " + r.place, out);
        if (seen.has_error()) co_return seen.error();
        tell_reference(*seen, r, out);
        if (!seen->values.empty()) tell_tenants(seen->values[0], r.place, out);
    }
    co_return boost::system::in_place_value;
}

asio::awaitable<result<void>>
read_standing(stores::postgres& db, named_tenant_columns tenants, catalogue& out)
{
    auto const sequences = co_await read_sequences(db, out);
    if (sequences.has_error()) co_return sequences.error();
    auto const references = co_await read_references(db, tenants, out);
    co_return references;
}

} // namespace watertight::drill
