#include "harness/drill/census.hpp"

#include "harness/drill/marks.hpp"
#include "harness/drill/mongo_fingerprint.hpp"
#include "harness/drill/stores.hpp"
#include "harness/evidence/canary.hpp"
#include "harness/stores/mongo_address.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <charconv>
#include <set>

namespace watertight::drill {

static constexpr auto census_connects_within = std::chrono::seconds{10};
static constexpr auto census_budget = std::chrono::minutes{11};
static constexpr std::size_t marked_rows_max = 200'000;

static std::uint64_t to_number(std::optional<std::string> const& text)
{
    std::uint64_t out = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), out);
    return out;
}

using no_values = std::vector<std::optional<std::string>>;

static constexpr char const* tables_sql =
    "select n.nspname, c.relname, greatest(c.reltuples, 0)::bigint from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'"
    " and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1, 2";

static std::string count_sql(std::string const& table, std::string const& tenant)
{
    auto const column = stores::quote_identifier(tenant);
    return fmt::format(
        "select count(*), count(*) filter (where coalesce({}::text, '') = '') from {}",
        column,
        table
    );
}

static std::string marks_sql(std::string const& table, std::string const& tenant)
{
    return fmt::format(
        "select {0}, t::text from {1} t where t::text ~* '{2}[a-z0-9]{{24}}'"
        " or t::text ~ '(^|[^0-9])[4-9][0-9]{{15}}([^0-9]|$)' limit {3}",
        tenant.empty() ? "null" : "t." + stores::quote_identifier(tenant) + "::text",
        table,
        evidence::canary_prefix,
        marked_rows_max
    );
}

static asio::awaitable<result<void>> look_into(
    stores::postgres& db, std::string label, std::string quoted, std::string tenant, census& out
)
{
    auto& about = out.tables[label];
    about.tenant_by = tenant;
    no_values const none;
    if (!tenant.empty()) {
        auto const counted = co_await db.query(count_sql(quoted, tenant), none, census_budget);
        if (counted.has_error()) co_return counted.error();
        about.rows = to_number(counted->values[0][0]);
        about.without_tenant = to_number(counted->values[0][1]);
    }
    auto const rows = co_await db.query(marks_sql(quoted, tenant), none, census_budget);
    if (rows.has_error()) co_return rows.error();
    for (auto const& row : rows->values) {
        auto const all = marks_in(row[1].value_or(""));
        std::set<std::string> const distinct{all.begin(), all.end()};
        for (auto const& mark : distinct) out.marks.push_back({label, row[0], mark});
    }
    co_return boost::system::in_place_value;
}

static asio::awaitable<result<census>> of_postgres(std::string url, census_options o)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, std::move(url), census_connects_within);
    if (db.has_error()) co_return db.error();
    auto const columns = co_await find_tenant_columns(*db, o.tenant);
    if (columns.has_error()) co_return columns.error();
    auto const limits = fmt::format(
        "set statement_timeout = {}; set lock_timeout = {}; set row_security = off",
        o.statement_timeout.count(),
        o.statement_timeout.count()
    );
    auto const set = co_await db->script(limits, census_budget);
    if (set.has_error()) co_return set.error();
    no_values const none;
    auto const tables = co_await db->query(tables_sql, none, census_budget);
    if (tables.has_error()) co_return tables.error();
    census out;
    for (auto const& row : tables->values) {
        auto const schema = row[0].value_or("");
        auto const name = row[1].value_or("");
        auto label = schema + "." + name;
        if (to_number(row[2]) > o.rows_max) {
            out.left_out.push_back(std::move(label));
            continue;
        }
        auto const at = columns->find(label);
        auto tenant = at == columns->end() ? std::string{} : at->second;
        auto quoted = stores::quote_identifier(schema) + "." + stores::quote_identifier(name);
        auto const looked = co_await look_into(*db, label, std::move(quoted), tenant, out);
        if (!db->is_open()) co_return looked.error();
        // It is being changed, or has gone since it was listed.
        if (looked.has_error()) out.left_out.push_back(std::move(label));
    }
    co_return out;
}

static asio::awaitable<result<void>>
look_into(stores::mongo& db, stores::mongo_place at, std::string field, census& out)
{
    stores::mongo_query q;
    q.exact = true;
    auto const label = at.database + "." + at.collection;
    auto cursor = co_await db.find(std::move(at), std::move(q));
    if (cursor.has_error()) co_return cursor.error();
    auto& about = out.tables[label];
    for (;;) {
        auto const batch = co_await cursor->next();
        if (batch.has_error()) co_return batch.error();
        if (batch->empty()) break;
        for (auto const& text : *batch) {
            auto const document = stores::mongo_document::parse(text, nullptr, false);
            if (field.empty()) field = tenant_field_of(document);
            auto const tenant = field.empty() ? tenant_value{} : tenant_of(document, field);
            ++about.rows;
            if (!tenant || tenant->empty()) ++about.without_tenant;
            auto const all = marks_in(text);
            std::set<std::string> const distinct{all.begin(), all.end()};
            for (auto const& mark : distinct) out.marks.push_back({label, tenant, mark});
        }
    }
    if (about.without_tenant < about.rows) about.tenant_by = field;
    co_return boost::system::in_place_value;
}

static asio::awaitable<result<std::uint64_t>> size_of(stores::mongo& db, stores::mongo_place at)
{
    stores::mongo_document words;
    words["count"] = at.collection;
    auto const reply = co_await db.command(at.database, std::move(words));
    if (reply.has_error()) co_return reply.error();
    auto const n = reply->value("n", stores::mongo_document{});
    co_return n.is_number() ? n.get<std::uint64_t>() : std::uint64_t{0};
}

static asio::awaitable<result<census>> of_mongo(std::string url, census_options o)
{
    auto const address = stores::parse_mongo_address(url);
    if (address.has_error()) co_return address.error();
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::mongo::connect(core, std::move(url), census_connects_within);
    if (db.has_error()) co_return db.error();
    std::vector<std::string> databases{address->database};
    if (address->database.empty()) {
        auto all = co_await db->databases();
        if (all.has_error()) co_return all.error();
        databases = std::move(*all);
    }
    census out;
    for (auto const& database : databases) {
        auto const names = co_await db->collections(database);
        if (names.has_error()) co_return names.error();
        for (auto const& name : *names) {
            stores::mongo_place const at{database, name};
            auto const size = co_await size_of(*db, at);
            auto const is_small = size.has_value() && *size <= o.rows_max;
            bool is_read = false;
            if (is_small) {
                auto const looked = co_await look_into(*db, at, o.tenant, out);
                is_read = looked.has_value();
            }
            if (!db->is_open()) co_return failure{errc::connection_lost, db->where(), {}};
            if (!is_read) out.left_out.push_back(database + "." + name);
        }
    }
    co_return out;
}

asio::awaitable<result<census>> take_census(surroundings const& s, census_options o)
{
    auto const url = s.store_urls.find(o.store);
    if (url == s.store_urls.end()) co_return census{};
    auto text = url->second;
    auto const kind = kind_of_url(text);
    if (kind == store_kind::redis || kind == store_kind::files) co_return census{};
    if (kind == store_kind::mongo) co_return co_await of_mongo(std::move(text), std::move(o));
    co_return co_await of_postgres(std::move(text), std::move(o));
}

} // namespace watertight::drill
