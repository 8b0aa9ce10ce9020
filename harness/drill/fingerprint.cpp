#include "harness/drill/fingerprint.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/canary.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace watertight::drill {

// Tables of tens of millions of rows are hashed in minutes.
static constexpr auto table_budget = std::chrono::minutes{30};
static constexpr auto catalogue_budget = std::chrono::seconds{30};
// Rows of a large table that the drill wrote are looked at one by one, up to this many.
static constexpr std::uint64_t written_max = 500'000;

row_sums& row_sums::operator+=(row_sums const& other) noexcept
{
    rows += other.rows;
    first += other.first;
    second += other.second;
    return *this;
}

row_sums& row_sums::operator-=(row_sums const& other) noexcept
{
    rows -= other.rows;
    first -= other.first;
    second -= other.second;
    return *this;
}

std::uint64_t rows_in(contents const& all)
{
    std::uint64_t out = 0;
    for (auto const& [name, table] : all) out += table.whole.all.rows;
    return out;
}

struct table {
    std::string schema;
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::string> key;
    std::string tenant;
    /// The partitioned tables above it.
    std::vector<std::string> part_of;

    std::string label() const { return schema + "." + name; }
    std::string quoted() const
    {
        return stores::quote_identifier(schema) + "." + stores::quote_identifier(name);
    }
    /// SQL for what the tenant column holds.
    std::string tenant_sql() const
    {
        return tenant.empty() ? "null::text" : stores::quote_identifier(tenant) + "::text";
    }
};

// A row's text must not depend on the session, and rows must not be hidden from it.
static constexpr char const* open_snapshot =
    "begin isolation level repeatable read read only;"
    "set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres';"
    "set local extra_float_digits = 1; set local bytea_output = 'hex';"
    "set local row_security = off; set local search_path = pg_catalog;"
    "set local statement_timeout = 0";

// Partitions count by themselves, their parents hold nothing: who names a parent means them.
static constexpr char const* list_columns =
    "select n.nspname, c.relname, a.attname,"
    "       coalesce(array_position(i.indkey::int2[], a.attnum), -1) >= 0 as in_key,"
    "       (select string_agg(rn.nspname || '.' || r.relname, E'\\n') from "
    "pg_partition_ancestors(c.oid)"
    "        p join pg_class r on r.oid = p.relid join pg_namespace rn on rn.oid = r.relnamespace)"
    "  from pg_class c"
    "  join pg_namespace n on n.oid = c.relnamespace"
    "  left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
    "  left join pg_index i on i.indrelid = c.oid and i.indisprimary"
    " where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'"
    " order by n.nspname, c.relname, a.attname collate \"C\"";

static bool is_wanted(std::vector<std::string> const& tables, table const& t)
{
    auto const is_named = [&](std::string const& label) {
        auto const is_public = label.starts_with("public.");
        return std::ranges::find(tables, label) != tables.end() ||
               (is_public && std::ranges::find(tables, label.substr(7)) != tables.end());
    };
    return tables.empty() || is_named(t.label()) || std::ranges::any_of(t.part_of, is_named);
}

static std::vector<table>
tables_in(stores::postgres_rows const& rows, std::vector<std::string> const& wanted)
{
    std::vector<table> out;
    for (auto const& row : rows.values) {
        auto const schema = row[0].value_or("");
        auto const name = row[1].value_or("");
        if (out.empty() || out.back().schema != schema || out.back().name != name) {
            out.push_back({schema, name, {}, {}, {}, {}});
            auto const above = row[4].value_or("");
            for (auto const parent : split(above, '\n')) {
                out.back().part_of.emplace_back(parent);
            }
        }
        if (!row[2]) continue;
        out.back().columns.push_back(*row[2]);
        if (row[3] == "t") out.back().key.push_back(*row[2]);
    }
    std::erase_if(out, [&](table const& t) { return !is_wanted(wanted, t); });
    return out;
}

static std::string row_of(std::vector<std::string> const& columns)
{
    std::string out = "row(";
    for (auto const& column : columns) {
        if (out.back() != '(') out += ", ";
        out += stores::quote_identifier(column);
    }
    return out + ")::text";
}

static std::uint64_t number(std::optional<std::string> const& text)
{
    std::uint64_t out = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), out);
    return out;
}

// A sum modulo 2^64, which PostgreSQL writes with a sign.
static std::uint64_t wrapped(std::optional<std::string> const& text)
{
    if (!text || text->empty()) return 0;
    if (text->front() != '-') return number(text);
    return 0 - number(text->substr(1));
}

// The text of a row is made once: what is not stable is not merged with the query around it.
static std::string hashes_sql(table const& t, std::string_view where = {})
{
    return fmt::format(
        "select {} as tenant, md5({}) as r from {}{} offset 0",
        t.tenant_sql(),
        row_of(t.columns),
        t.quoted(),
        where
    );
}

static std::string sums_sql()
{
    return "mod(sum(('x' || left(r, 16))::bit(64)::bigint), 18446744073709551616)::text,"
           " mod(sum(('x' || right(r, 16))::bit(64)::bigint), 18446744073709551616)::text";
}

static void
add_sums(stores::postgres_rows const& rows, std::string const& tenant_by, table_fingerprint& out)
{
    for (auto const& row : rows.values) {
        row_sums const sums{number(row[1]), wrapped(row[2]), wrapped(row[3])};
        out.all += sums;
        if (!tenant_by.empty()) out.tenants[row[0]] += sums;
    }
    out.tenant_by = tenant_by;
}

static asio::awaitable<result<table_fingerprint>> hash_table(stores::postgres& db, table const& t)
{
    auto sql = fmt::format(
        "select tenant, count(*), {} from ({}) as hashed group by tenant", sums_sql(), hashes_sql(t)
    );
    std::vector<std::optional<std::string>> const none;
    auto const rows = co_await db.query(std::move(sql), none, table_budget);
    if (rows.has_error()) co_return rows.error();
    table_fingerprint out;
    add_sums(*rows, t.tenant, out);
    out.columns = t.columns;
    co_return out;
}

// SQL for the text of a row that may bear a mark of the drill's traffic.
static std::string marked_text(table const& t)
{
    return fmt::format(
        "case when {0} ~* '{1}[a-z0-9]{{24}}' or {0} ~ '(^|[^0-9])[4-9][0-9]{{15}}([^0-9]|$)'"
        " then {0} end",
        row_of(t.columns),
        evidence::canary_prefix
    );
}

static asio::awaitable<result<void>>
read_rows(stores::postgres& db, table const& t, fingerprint_options const& o, table_contents& out)
{
    auto const key = t.key.empty() ? std::string{"null"} : row_of(t.key);
    auto but_tenant = t.columns;
    std::erase(but_tenant, t.tenant);
    auto body = but_tenant;
    std::erase_if(body, [&](auto const& c) { return std::ranges::count(t.key, c) != 0; });
    auto const tells_own = o.marks_rows && o.is_own && !t.columns.empty();
    auto sql = fmt::format(
        "select {}, md5({}), {}, {}, {} from {}",
        key,
        row_of(but_tenant),
        t.tenant_sql(),
        body.empty() ? "null" : "left(md5(" + row_of(body) + "), 16)",
        tells_own ? marked_text(t) : "null",
        t.quoted()
    );
    std::vector<std::optional<std::string>> const none;
    auto const rows = co_await db.query(std::move(sql), none, table_budget);
    if (rows.has_error()) co_return rows.error();
    std::map<std::string, std::size_t> seen;
    for (auto const& row : rows->values) {
        auto const hash = row[1].value_or("");
        auto const name = row[0] ? *row[0] : fmt::format("{}#{}", hash, seen[hash]++);
        auto const is_own = row[4] && o.is_own(*row[4]);
        out.rows.emplace(name, kept_row{hash, row[2], row[3].value_or(""), is_own});
    }
    out.has_rows = true;
    co_return result<void>{};
}

// What the drill wrote into a large table is taken out of the comparison by its canaries.
static asio::awaitable<result<void>> read_written(
    stores::postgres& db, table const& t, fingerprint_options const& o, table_fingerprint& out
)
{
    auto const text = row_of(t.columns);
    auto sql = fmt::format(
        "select {0}, md5({1}), {1} from {2} where {1} ~* '{3}[a-z0-9]{{24}}'"
        " or {1} ~ '(^|[^0-9])[4-9][0-9]{{15}}([^0-9]|$)' limit {4}",
        t.tenant_sql(),
        text,
        t.quoted(),
        evidence::canary_prefix,
        written_max
    );
    std::vector<std::optional<std::string>> const none;
    auto const rows = co_await db.query(std::move(sql), none, table_budget);
    if (rows.has_error()) co_return rows.error();
    for (auto const& row : rows->values) {
        if (!o.is_own(row[2].value_or(""))) continue;
        auto const hash = row[1].value_or("");
        row_sums sums{1, 0, 0};
        auto const* const begin = hash.data();
        std::from_chars(begin, begin + 16, sums.first, 16);
        std::from_chars(begin + 16, begin + 32, sums.second, 16);
        out.all += sums;
        if (!t.tenant.empty()) out.tenants[row[0]] += sums;
    }
    co_return result<void>{};
}

static asio::awaitable<result<contents>> read_tables(
    stores::postgres& db,
    fingerprint_options const& o,
    std::map<std::string, std::string> const& tenant_columns
)
{
    std::vector<std::optional<std::string>> const none;
    auto const columns = co_await db.query(list_columns, none, catalogue_budget);
    if (columns.has_error()) co_return columns.error();
    contents out;
    for (auto& t : tables_in(*columns, o.tables)) {
        auto const tenant = tenant_columns.find(t.label());
        if (tenant != tenant_columns.end()) t.tenant = tenant->second;
        if (auto const only = o.only.find(t.label()); only != o.only.end()) {
            std::erase_if(t.columns, [&](auto const& c) { return !only->second.contains(c); });
        }
        table_contents c;
        auto whole = co_await hash_table(db, t);
        if (whole.has_error()) co_return whole.error();
        c.whole = std::move(*whole);
        if (c.whole.all.rows <= o.rows_max) {
            auto const read = co_await read_rows(db, t, o, c);
            if (read.has_error()) co_return read.error();
        } else if (o.is_own) {
            auto const read = co_await read_written(db, t, o, c.written);
            if (read.has_error()) co_return read.error();
        }
        c.part_of = std::move(t.part_of);
        out.emplace(t.label(), std::move(c));
    }
    co_return out;
}

asio::awaitable<result<contents>> take_contents(stores::postgres& db, fingerprint_options o)
{
    auto const found = co_await find_tenant_columns(db, o.tenant_column);
    if (found.has_error()) co_return found.error();
    auto const opened = co_await db.script(open_snapshot, catalogue_budget);
    if (opened.has_error()) co_return opened.error();
    auto out = co_await read_tables(db, o, *found);
    if (!db.is_open()) co_return out;
    auto const closed = co_await db.script("rollback", catalogue_budget);
    if (closed.has_error() && out.has_value()) co_return closed.error();
    co_return out;
}

} // namespace watertight::drill
