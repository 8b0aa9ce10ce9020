#include "harness/lint/tenancy_facts.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace watertight::lint {

// Never stands in a name that anybody chose.
static constexpr char separator = '\x1f';

static constexpr auto relations_sql = R"sql(
select c.oid, n.nspname, c.relname, c.relkind,
       coalesce((select min(i.inhparent) from pg_inherits i where i.inhrelid = c.oid), 0),
       (select e.extname from pg_depend d join pg_extension e on e.oid = d.refobjid
        where d.classid = 'pg_class'::regclass and d.objid = c.oid
          and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' limit 1)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)')sql";

// Columns that may name a tenant by their names, or because policies read one of that name.
static constexpr auto columns_sql = R"sql(
with read_by_policy as (
    select distinct d.refobjid as relid, d.refobjsubid as attnum, a.attname
    from pg_depend d
    join pg_policy p on p.oid = d.objid and p.polrelid = d.refobjid
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_policy'::regclass and d.refclassid = 'pg_class'::regclass
)
select a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
       (p.attnum is not null)::int
from pg_attribute a
join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v', 'm', 'f')
join pg_namespace n on n.oid = c.relnamespace
left join read_by_policy p on p.relid = a.attrelid and p.attnum = a.attnum
where a.attnum > 0 and not a.attisdropped
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and (a.attname in (select attname from read_by_policy)
       or lower(a.attname) = any ($1::text[])
       or lower(replace(a.attname, '_', '')) ~ $2))sql";

static constexpr auto keys_sql = R"sql(
select k.conrelid, k.confrelid, array_to_string(k.conkey, ','),
       (select string_agg(a.attname, E'\x1f' order by u.n)
        from unnest(k.conkey) with ordinality as u (attnum, n)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum)
from pg_constraint k
where k.contype = 'f')sql";

static constexpr auto functions_sql = R"sql(
select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       l.lanname, p.prosecdef::int
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                  and d.objid = p.oid and d.deptype = 'e'))sql";

asio::awaitable<result<stores::postgres_rows>>
read_only(stores::postgres& db, postgres_options const& o, std::string sql, parameters values)
{
    auto const budget = o.statement_timeout + std::chrono::seconds{5};
    auto begin = fmt::format(
        "begin transaction read only; set local statement_timeout = {}; set local lock_timeout = "
        "{}; set local idle_in_transaction_session_timeout = {}; set local search_path = "
        "pg_catalog; set local jit = off",
        o.statement_timeout.count(),
        o.lock_timeout.count(),
        budget.count()
    );
    auto const begun = co_await db.script(std::move(begin), budget);
    if (begun.has_error()) co_return begun.error();
    auto rows = co_await db.query(std::move(sql), std::move(values), budget);
    if (db.is_open()) {
        auto const ended = co_await db.script("rollback", budget);
        if (ended.has_error() && !rows.has_error()) co_return ended.error();
    }
    co_return rows;
}

std::string array_text(std::vector<std::string> const& items)
{
    std::string out = "{";
    for (auto const& item : items) {
        if (out.size() > 1) out += ',';
        out += '"' + replace_all(replace_all(item, "\\", "\\\\"), "\"", "\\\"") + '"';
    }
    return out + "}";
}

static std::string cell(std::vector<std::optional<std::string>> const& row, std::size_t i)
{
    return row[i].value_or("");
}

static std::uint32_t number(std::string_view text)
{
    std::uint32_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

static std::string kind_name(char kind)
{
    switch (kind) {
    case 'v':
        return "view";
    case 'm':
        return "materialised view";
    case 'f':
        return "foreign table";
    case 'S':
        return "sequence";
    default:
        return "table";
    }
}

static bool is_excluded(postgres_options const& o, database_shape::relation const& r)
{
    return std::ranges::any_of(o.exclude, [&](std::string const& e) {
        return e == r.name || e == r.schema + "." + r.name || e == r.schema + ".*";
    });
}

static void
add_relations(stores::postgres_rows const& rows, postgres_options const& o, database_facts& out)
{
    for (auto const& row : rows.values) {
        database_shape::relation r{
            .id = number(cell(row, 0)),
            .schema = cell(row, 1),
            .name = cell(row, 2),
            .kind = cell(row, 3).front(),
            .parent = number(cell(row, 4))};
        auto const full = r.schema + "." + r.name;
        auto const kind = kind_name(r.kind);
        if (row[5]) {
            out.not_examined.push_back({kind, full, "belongs to the extension " + *row[5]});
            continue;
        }
        if (is_excluded(o, r)) {
            out.not_examined.push_back({kind, full, "excluded"});
            continue;
        }
        ++out.examined[kind];
        out.shape.relations.push_back(std::move(r));
    }
}

static void add_keys(stores::postgres_rows const& rows, database_shape& out)
{
    for (auto const& row : rows.values) {
        database_shape::foreign_key k{
            .from = number(cell(row, 0)), .to = number(cell(row, 1)), .numbers = {}, .names = {}};
        auto const numbers = cell(row, 2);
        for (auto const n : split(numbers, ',')) {
            k.numbers.push_back(static_cast<int>(number(n)));
        }
        auto const names = cell(row, 3);
        for (auto const name : split(names, separator)) k.names.emplace_back(name);
        out.keys.push_back(std::move(k));
    }
}

static void add_functions(stores::postgres_rows const& rows, database_facts& out)
{
    for (auto const& row : rows.values) {
        auto const language = cell(row, 1);
        if (language == "c" || language == "internal") {
            out.not_examined.push_back(
                {"function", cell(row, 0), "its body is compiled (" + language + ")"}
            );
            continue;
        }
        ++out.examined["function"];
    }
}

static std::string likely_columns()
{
    return "(tenant|mandant|workspace|organi[sz]ation|org|account|company|business|customer|client|"
           "merchant|team|shop|store|site|school|clinic|hospital|practice|agency|firm|institution|"
           "partner|brand|realm|subscriber|landlord)";
}

static std::vector<std::string> hinted_columns(postgres_options const& o)
{
    std::vector<std::string> out;
    for (auto const& hint : o.tenant_columns) {
        for (auto const part : split(hint, ',')) out.push_back(to_lower(trim(part)));
    }
    return out;
}

static asio::awaitable<result<server_facts>>
read_server(stores::postgres& db, postgres_options const& o)
{
    auto const rows = co_await read_only(
        db,
        o,
        "select current_setting('server_version_num'), current_setting('server_version'), "
        "pg_is_in_recovery()::int, current_database(), session_user"
    );
    if (rows.has_error()) co_return rows.error();
    auto const& row = rows->values.at(0);
    server_facts out;
    out.version = static_cast<int>(number(cell(row, 0)));
    out.version_text = cell(row, 1);
    out.is_standby = cell(row, 2) == "1";
    out.database = cell(row, 3);
    out.user = cell(row, 4);
    co_return out;
}

asio::awaitable<result<database_facts>> read_database(stores::postgres& db, postgres_options o)
{
    database_facts out;
    auto const server = co_await read_server(db, o);
    if (server.has_error()) co_return server.error();
    out.server = *server;
    auto const relations = co_await read_only(db, o, relations_sql);
    if (relations.has_error()) co_return relations.error();
    add_relations(*relations, o, out);
    parameters wanted;
    wanted.emplace_back(array_text(hinted_columns(o)));
    wanted.emplace_back(likely_columns());
    auto const columns = co_await read_only(db, o, columns_sql, wanted);
    if (columns.has_error()) co_return columns.error();
    for (auto const& row : columns->values) {
        database_shape::column c{
            .of = number(cell(row, 0)),
            .number = static_cast<int>(number(cell(row, 1))),
            .name = cell(row, 2),
            .type = cell(row, 3),
            .is_in_policy = cell(row, 4) == "1"};
        out.shape.columns.push_back(std::move(c));
    }
    auto const keys = co_await read_only(db, o, keys_sql);
    if (keys.has_error()) co_return keys.error();
    add_keys(*keys, out.shape);
    auto const functions = co_await read_only(db, o, functions_sql);
    if (functions.has_error()) co_return functions.error();
    add_functions(*functions, out);
    co_return out;
}

} // namespace watertight::lint
