#include "harness/probe/store_scan.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/targets.hpp"

#include <algorithm>

namespace watertight::probe {

static constexpr std::size_t keys_max = 1'000'000;
static constexpr std::size_t value_bytes_max = 1U << 20;

// A unit separator never stands in an identifier that anybody chose.
static constexpr char list_separator = '\x1f';

static constexpr auto catalogue_sql = R"sql(
select n.nspname, c.relname, c.relrowsecurity::int, c.relforcerowsecurity::int,
       string_agg(a.attname, E'\x1f' order by a.attnum)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'm') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)'
group by 1, 2, 3, 4 order by 1, 2)sql";

std::string table::quoted() const
{
    return stores::quote_identifier(schema) + "." + stores::quote_identifier(name);
}

// Names that services give to the column, where the scenario's own does not stand in a table.
static std::string find_tenant_column(table const& t, std::string const& preferred)
{
    static constexpr std::string_view usual[] = {
        "tenant_id",
        "tenantid",
        "tenant",
        "workspace_id",
        "workspaceid",
        "org_id",
        "organization_id",
        "organizationid",
        "account_id",
        "company_id",
        "customer_id",
        "team_id",
    };
    for (auto const& column : t.columns) {
        if (iequals(column, preferred)) return column;
    }
    for (auto const name : usual) {
        for (auto const& column : t.columns) {
            if (iequals(column, name)) return column;
        }
    }
    return {};
}

asio::awaitable<result<std::vector<table>>>
list_tables(stores::postgres& db, target::postgres_store const& store)
{
    auto const rows = co_await db.query(catalogue_sql);
    if (rows.has_error()) co_return rows.error();
    std::vector<table> out;
    for (auto const& row : rows->values) {
        table t{.schema = *row[0], .name = *row[1], .columns = {}, .tenant_column = {}};
        t.row_security = row[2] == "1";
        t.forced = row[3] == "1";
        for (auto const column : split(*row[4], list_separator)) t.columns.emplace_back(column);
        auto const is_excluded = [&](std::string const& name) {
            return name == t.name || name == t.display();
        };
        if (std::ranges::any_of(store.exclude, is_excluded)) continue;
        t.tenant_column = find_tenant_column(t, store.tenant_column);
        out.push_back(std::move(t));
    }
    co_return out;
}

std::vector<evidence::sighting> canaries_in(context const& ctx, std::string_view text)
{
    std::vector<evidence::sighting> out;
    ctx.eye().scan(text, out);
    std::erase_if(out, [](auto const& s) { return s.kind == evidence::token_kind::identifier; });
    return out;
}

std::string marked_condition(std::string_view alias)
{
    return fmt::format(
        "({0}::text ~* '{1}[a-z0-9]{{24}}' or {0}::text ~ '(^|[^0-9])[4-9][0-9]{{15}}([^0-9]|$)')",
        alias,
        evidence::canary_prefix
    );
}

asio::awaitable<result<std::vector<marked_row>>>
marked_rows(context& ctx, stores::postgres& db, table const& t, std::size_t rows_max)
{
    auto const owner = t.tenant_column.empty()
                           ? std::string{"null"}
                           : "t." + stores::quote_identifier(t.tenant_column) + "::text";
    auto sql = fmt::format(
        "select {}, t::text from {} t where {} limit {}",
        owner,
        t.quoted(),
        marked_condition("t"),
        rows_max
    );
    auto const rows = co_await db.query(std::move(sql), {}, std::chrono::seconds{60});
    if (rows.has_error()) co_return rows.error();
    std::vector<marked_row> out;
    for (auto const& row : rows->values) {
        marked_row marked{.tenant_value = row[0], .text = row[1].value_or(""), .tokens = {}};
        marked.tokens = canaries_in(ctx, marked.text);
        if (!marked.tokens.empty()) out.push_back(std::move(marked));
    }
    co_return out;
}

static std::vector<std::string> value_command(std::string const& key, std::string const& type)
{
    if (type == "string") return {"GET", key};
    if (type == "hash") return {"HGETALL", key};
    if (type == "list") return {"LRANGE", key, "0", "9999"};
    if (type == "set") return {"SRANDMEMBER", key, "10000"};
    if (type == "zset") return {"ZRANGE", key, "0", "9999", "WITHSCORES"};
    if (type == "stream") return {"XRANGE", key, "-", "+", "COUNT", "10000"};
    return {"EXISTS", key};
}

static void append_text(stores::redis_reply const& reply, std::string& out)
{
    if (out.size() > value_bytes_max) return;
    out += reply.text;
    for (auto const& element : reply.elements) {
        append_text(element, out);
        out += '\n';
    }
}

static asio::awaitable<result<std::vector<redis_entry>>>
read_batch(stores::redis& db, std::vector<std::string> keys)
{
    std::vector<std::vector<std::string>> types;
    for (auto const& key : keys) types.push_back({"TYPE", key});
    auto const kinds = co_await db.pipeline(std::move(types));
    if (kinds.has_error()) co_return kinds.error();
    std::vector<std::vector<std::string>> gets;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        gets.push_back(value_command(keys[i], (*kinds)[i].text));
        gets.push_back({"TTL", keys[i]});
    }
    auto const replies = co_await db.pipeline(std::move(gets));
    if (replies.has_error()) co_return replies.error();
    std::vector<redis_entry> out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        redis_entry entry{.key = std::move(keys[i]), .value = {}, .ttl_s = -1};
        append_text((*replies)[2 * i], entry.value);
        entry.ttl_s = (*replies)[2 * i + 1].integer;
        out.push_back(std::move(entry));
    }
    co_return out;
}

asio::awaitable<result<std::vector<redis_entry>>> redis_entries(context& ctx, stores::redis& db)
{
    static constexpr std::size_t batch_max = 500;
    auto keys = co_await db.keys("*", keys_max);
    if (keys.has_error()) co_return keys.error();
    auto const& exclude = ctx.redis_store().exclude;
    std::erase_if(*keys, [&](std::string const& key) {
        return std::ranges::any_of(exclude, [&](auto const& p) { return glob_matches(p, key); });
    });
    std::vector<redis_entry> out;
    for (std::size_t begin = 0; begin < keys->size(); begin += batch_max) {
        auto const end = std::min(begin + batch_max, keys->size());
        std::vector<std::string> batch(
            keys->begin() + static_cast<std::ptrdiff_t>(begin),
            keys->begin() + static_cast<std::ptrdiff_t>(end)
        );
        auto entries = co_await read_batch(db, std::move(batch));
        if (entries.has_error()) co_return entries.error();
        std::ranges::move(*entries, std::back_inserter(out));
    }
    co_return out;
}

static bool varies(std::string_view segment, target::population const& made)
{
    auto const has_digit =
        std::ranges::any_of(segment, [](char c) { return c >= '0' && c <= '9'; });
    if (segment.size() >= 16 || (has_digit && segment.size() >= 2)) return true;
    if (!segment.empty() &&
        std::ranges::all_of(segment, [](char c) { return c >= '0' && c <= '9'; })) {
        return true;
    }
    return std::ranges::any_of(made.tenants, [&](auto const& t) {
        return segment == t.slug || t.attributes.find("id") == segment;
    });
}

std::string key_family(std::string_view key, target::population const& made)
{
    static constexpr std::string_view delimiters = ":/|#";
    std::string out;
    for (std::size_t begin = 0; begin <= key.size();) {
        auto const end = std::min(key.find_first_of(delimiters, begin), key.size());
        auto const segment = key.substr(begin, end - begin);
        out += varies(segment, made) ? std::string_view{"*"} : segment;
        if (end < key.size()) out += key[end];
        begin = end + 1;
    }
    return out;
}

bool glob_matches(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0;
    std::size_t t = 0;
    auto star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() &&
            (pattern[p] == '?' || (pattern[p] != '*' && pattern[p] == text[t]))) {
            ++p;
            ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string stored_tenant_value(context& ctx, tenant_index t)
{
    return render_for(ctx, ctx.postgres_store().tenant_value, t);
}

} // namespace watertight::probe
