#include "harness/drill/fingerprint.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace watertight::drill {

// Tables of tens of millions of rows are hashed in minutes.
static constexpr auto table_budget = std::chrono::minutes{30};
static constexpr auto catalogue_budget = std::chrono::seconds{30};

struct table {
    std::string schema;
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::string> key;

    std::string label() const { return schema + "." + name; }
    std::string quoted() const
    {
        return stores::quote_identifier(schema) + "." + stores::quote_identifier(name);
    }
};

// A row's text must not depend on the session, and rows must not be hidden from it.
static constexpr char const* open_snapshot =
    "begin isolation level repeatable read read only;"
    "set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres';"
    "set local extra_float_digits = 1; set local bytea_output = 'hex';"
    "set local row_security = off; set local search_path = pg_catalog;"
    "set local statement_timeout = 0";

// Partitions count by themselves, their parents hold nothing.
static constexpr char const* list_columns =
    "select n.nspname, c.relname, a.attname,"
    "       coalesce(array_position(i.indkey::int2[], a.attnum), -1) >= 0 as in_key"
    "  from pg_class c"
    "  join pg_namespace n on n.oid = c.relnamespace"
    "  left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
    "  left join pg_index i on i.indrelid = c.oid and i.indisprimary"
    " where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'"
    " order by n.nspname, c.relname, a.attname collate \"C\"";

static bool is_wanted(std::vector<std::string> const& tables, table const& t)
{
    return tables.empty() || std::ranges::find(tables, t.label()) != tables.end() ||
           (t.schema == "public" && std::ranges::find(tables, t.name) != tables.end());
}

static std::vector<table>
tables_in(stores::postgres_rows const& rows, std::vector<std::string> const& wanted)
{
    std::vector<table> out;
    for (auto const& row : rows.values) {
        auto const schema = row[0].value_or("");
        auto const name = row[1].value_or("");
        if (out.empty() || out.back().schema != schema || out.back().name != name) {
            out.push_back({schema, name, {}, {}});
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

static std::uint64_t number(std::string const& text)
{
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

static asio::awaitable<result<table_fingerprint>> hash_table(stores::postgres& db, table const& t)
{
    auto sql = fmt::format(
        "select count(*), coalesce(sum(hashtextextended(r, 0)), 0),"
        " coalesce(sum(hashtextextended(r, 1)), 0) from (select {} as r from {}) as hashed",
        row_of(t.columns),
        t.quoted()
    );
    std::vector<std::optional<std::string>> const none;
    auto const rows = co_await db.query(std::move(sql), none, table_budget);
    if (rows.has_error()) co_return rows.error();
    auto const& row = rows->values.at(0);
    table_fingerprint out;
    out.rows = number(row[0].value_or("0"));
    out.digest = row[1].value_or("0") + "/" + row[2].value_or("0");
    out.columns = t.columns;
    co_return out;
}

static asio::awaitable<result<void>>
read_rows(stores::postgres& db, table const& t, table_contents& out)
{
    auto const key = t.key.empty() ? std::string{"null"} : row_of(t.key);
    auto sql = fmt::format("select {}, md5({}) from {}", key, row_of(t.columns), t.quoted());
    std::vector<std::optional<std::string>> const none;
    auto const rows = co_await db.query(std::move(sql), none, table_budget);
    if (rows.has_error()) co_return rows.error();
    std::map<std::string, std::size_t> seen;
    for (auto const& row : rows->values) {
        auto const hash = row[1].value_or("");
        auto const name = row[0] ? *row[0] : fmt::format("{}#{}", hash, seen[hash]++);
        out.rows.emplace(name, hash);
    }
    out.has_rows = true;
    co_return result<void>{};
}

// @param rows_max  0: no rows are kept.
static asio::awaitable<result<contents>>
read_tables(stores::postgres& db, std::vector<std::string> const& wanted, std::uint64_t rows_max)
{
    std::vector<std::optional<std::string>> const none;
    auto const columns = co_await db.query(list_columns, none, catalogue_budget);
    if (columns.has_error()) co_return columns.error();
    contents out;
    for (auto const& t : tables_in(*columns, wanted)) {
        table_contents c;
        auto whole = co_await hash_table(db, t);
        if (whole.has_error()) co_return whole.error();
        c.whole = std::move(*whole);
        if (c.whole.rows <= rows_max) {
            auto const read = co_await read_rows(db, t, c);
            if (read.has_error()) co_return read.error();
        }
        out.emplace(t.label(), std::move(c));
    }
    co_return out;
}

static asio::awaitable<result<contents>>
in_snapshot(stores::postgres& db, std::vector<std::string> wanted, std::uint64_t rows_max)
{
    auto const opened = co_await db.script(open_snapshot, catalogue_budget);
    if (opened.has_error()) co_return opened.error();
    auto out = co_await read_tables(db, wanted, rows_max);
    if (!db.is_open()) co_return out;
    auto const closed = co_await db.script("rollback", catalogue_budget);
    if (closed.has_error() && out.has_value()) co_return closed.error();
    co_return out;
}

asio::awaitable<result<fingerprint>>
take_fingerprint(stores::postgres& db, std::vector<std::string> tables)
{
    auto all = co_await in_snapshot(db, std::move(tables), 0);
    if (all.has_error()) co_return all.error();
    fingerprint out;
    for (auto& [name, c] : *all) out.emplace(name, std::move(c.whole));
    co_return out;
}

asio::awaitable<result<contents>>
take_contents(stores::postgres& db, std::vector<std::string> tables)
{
    auto out = co_await in_snapshot(db, std::move(tables), rows_kept_max);
    co_return out;
}

} // namespace watertight::drill
