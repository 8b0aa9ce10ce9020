#include "harness/probe/store_scan.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/table_owner.hpp"
#include "harness/probe/targets.hpp"

#include <algorithm>

namespace watertight::probe {

// A unit separator never stands in an identifier that anybody chose.
static constexpr char list_separator = '\x1f';

static constexpr auto catalogue_sql = R"sql(
select n.nspname, c.relname, c.relrowsecurity::int, c.relforcerowsecurity::int,
       string_agg(a.attname, E'\x1f' order by a.attnum),
       exists (select from pg_policy p where p.polrelid = c.oid)::int,
       coalesce((select min(f.nspname || '.' || p.relname) from pg_inherits i
                 join pg_class p on p.oid = i.inhparent
                 join pg_namespace f on f.oid = p.relnamespace where i.inhrelid = c.oid), '')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'm') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)'
group by 1, 2, 3, 4, c.oid order by 1, 2)sql";

std::string table::quoted() const
{
    return stores::quote_identifier(schema) + "." + stores::quote_identifier(name);
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
        t.has_policies = row[5] == "1";
        t.inherits_from = row[6].value_or("");
        for (auto const column : split(*row[4], list_separator)) t.columns.emplace_back(column);
        out.push_back(std::move(t));
    }
    auto const keys = co_await list_foreign_keys(db);
    if (keys.has_error()) co_return keys.error();
    find_owners(out, *keys, store.tenant_column);
    // Not before: what is left out may be what others refer to.
    std::erase_if(out, [&](table const& t) {
        return std::ranges::any_of(store.exclude, [&](std::string const& name) {
            return name == t.name || name == t.display();
        });
    });
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
    auto const owner = t.owner_sql("t");
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
    auto const learnt = ctx.stored_values().find(t);
    if (learnt != ctx.stored_values().end()) return learnt->second;
    return render_for(ctx, ctx.postgres_store().tenant_value, t);
}

} // namespace watertight::probe
