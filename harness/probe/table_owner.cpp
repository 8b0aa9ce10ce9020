#include "harness/probe/table_owner.hpp"

#include "harness/base/tenant_words.hpp"
#include "harness/base/text.hpp"

#include <algorithm>
#include <array>

namespace watertight::probe {

using stores::quote_identifier;
using stores::quote_literal;

// As the catalogue's query puts names together.
static constexpr char name_separator = '\x1f';

// What stands between the parts of a key of several columns, here and in a scenario's values.
static constexpr char part_separator = ',';

static std::vector<std::string> columns_named(table const& t, std::string_view preferred)
{
    std::vector<std::string> out;
    auto const parts = split(preferred, part_separator);
    for (auto const part : parts) {
        auto const wanted = trim(part);
        auto const at = std::ranges::find_if(t.columns, [&](std::string const& c) {
            return iequals(c, wanted);
        });
        if (wanted.empty() || at == t.columns.end()) return {};
        out.push_back(*at);
    }
    return out;
}

static table* find_table(std::vector<table>& tables, std::string_view name)
{
    auto const at =
        std::ranges::find_if(tables, [&](table const& t) { return t.display() == name; });
    return at == tables.end() ? nullptr : &*at;
}

// A customer or an account that is itself a tenant's is no tenant, whatever else is called so.
static bool is_by_part(
    std::vector<table>& tables,
    std::vector<foreign_key> const& keys,
    table const& t,
    std::string_view preferred
)
{
    return std::ranges::any_of(keys, [&](foreign_key const& k) {
        if (k.from != t.display() || k.columns.size() != 1 || k.to == k.from) return false;
        if (k.columns.front() != t.tenant_column) return false;
        auto const* const parent = find_table(tables, k.to);
        return parent != nullptr && !columns_named(*parent, preferred).empty();
    });
}

static void find_by_names(
    std::vector<table>& tables, std::vector<foreign_key> const& keys, std::string_view preferred
)
{
    auto const has_own = [&](table const& t) { return !columns_named(t, preferred).empty(); };
    auto const is_there = std::ranges::any_of(tables, has_own);
    for (auto& t : tables) {
        auto named = columns_named(t, preferred);
        if (named.size() > 1) {
            t.key_columns = std::move(named);
            continue;
        }
        t.tenant_column = named.empty() ? usual_tenant_column(t.columns) : named.front();
        if (!named.empty() || t.tenant_column.empty()) continue;
        if (is_by_part(tables, keys, t, preferred))
            t.tenant_column.clear();
        else
            t.is_guessed = is_there;
    }
}

static bool is_by_tenant(table const& t, foreign_key const& k)
{
    if (t.display() != k.from || k.from == k.to) return false;
    if (!t.key_columns.empty()) return k.columns == t.key_columns;
    return k.columns.size() == 1 && k.columns.front() == t.tenant_column;
}

// The table that most tenant columns refer to.
static table* find_tenants(std::vector<table>& tables, std::vector<foreign_key> const& keys)
{
    std::map<std::string, std::pair<int, std::vector<std::string>>> votes;
    for (auto const& k : keys) {
        auto const counts = [&](table const& t) { return is_by_tenant(t, k); };
        if (!std::ranges::any_of(tables, counts)) continue;
        auto& vote = votes[k.to];
        ++vote.first;
        vote.second = k.parent_columns;
    }
    auto const best =
        std::ranges::max_element(votes, {}, [](auto const& v) { return v.second.first; });
    if (best == votes.end()) return nullptr;
    auto* const out = find_table(tables, best->first);
    if (out == nullptr || !out->tenant_column.empty()) return nullptr;
    out->is_tenants = true;
    out->key_columns = best->second.second;
    return out;
}

static void
find_by_tenants(std::vector<table>& tables, std::vector<foreign_key> const& keys, table const& of)
{
    for (auto& t : tables) {
        if (t.is_owned()) continue;
        std::vector<foreign_key const*> to_tenants;
        for (auto const& k : keys) {
            if (k.from == t.display() && k.to == of.display()) to_tenants.push_back(&k);
        }
        // Two of them, as a contract between tenants has, name no single owner.
        if (to_tenants.size() != 1) continue;
        auto const& k = *to_tenants.front();
        if (k.parent_columns != of.key_columns) continue;
        if (k.columns.size() == 1)
            t.tenant_column = k.columns.front();
        else
            t.key_columns = k.columns;
    }
}

bool is_of_people(std::string_view name)
{
    static constexpr std::array<std::string_view, 8> people{
        "user", "person", "people", "member", "employee", "profile", "author", "staff"};
    auto const text = to_lower(name);
    return std::ranges::any_of(people, [&](auto const p) { return text.find(p) != text.npos; });
}

// Of several parents the one that the row is a part of; else one that is no person, who may be
// known to several tenants.
static foreign_key const*
choose_parent(std::vector<foreign_key const*> const& all, bool& is_certain)
{
    is_certain = all.size() == 1;
    if (all.size() <= 1) return all.empty() ? nullptr : all.front();
    std::vector<foreign_key const*> parts;
    std::vector<foreign_key const*> things;
    for (auto const* const k : all) {
        if (!is_of_people(k->to)) things.push_back(k);
        if (k->cascades && !is_of_people(k->to)) parts.push_back(k);
    }
    auto const& best = parts.empty() ? things : parts;
    is_certain = best.size() == 1;
    return best.empty() ? all.front() : best.front();
}

// @param people  parents who are people count, too: to be asked where nothing else leads anywhere.
static bool link_once(std::vector<table>& tables, std::vector<foreign_key> const& keys, bool people)
{
    std::vector<std::pair<table*, owner_link>> found;
    for (auto& t : tables) {
        if (t.is_owned()) continue;
        std::vector<foreign_key const*> candidates;
        for (auto const& k : keys) {
            if (k.from != t.display() || k.to == k.from || !k.is_required) continue;
            if (!people && is_of_people(k.to)) continue;
            auto const* const parent = find_table(tables, k.to);
            if (parent != nullptr && parent->is_owned() && !parent->is_tenants)
                candidates.push_back(&k);
        }
        bool is_certain = false;
        auto const* const k = choose_parent(candidates, is_certain);
        if (k == nullptr) continue;
        found.emplace_back(&t, owner_link{k->columns, k->to, k->parent_columns, is_certain});
    }
    for (auto& [t, link] : found) {
        auto const* const parent = find_table(tables, link.parent);
        link.owner_sql = parent->owner_sql("p" + std::to_string(parent->depth));
        link.parent_quoted = parent->quoted();
        link.alias = "p" + std::to_string(parent->depth);
        t->depth = parent->depth + 1;
        link.is_certain = link.is_certain && (!parent->link || parent->link->is_certain);
        t->link = std::move(link);
    }
    return !found.empty();
}

void find_owners(
    std::vector<table>& tables, std::vector<foreign_key> const& keys, std::string_view preferred
)
{
    static constexpr int depth_max = 6;
    find_by_names(tables, keys, preferred);
    table const* const tenants = find_tenants(tables, keys);
    if (tenants != nullptr) find_by_tenants(tables, keys, *tenants);
    for (auto& t : tables) {
        auto const leads = [&](foreign_key const& k) {
            return tenants != nullptr && k.to == tenants->display() && is_by_tenant(t, k);
        };
        if (std::ranges::any_of(keys, leads)) t.is_guessed = false;
    }
    for (int i = 0; i < depth_max; ++i) {
        if (!link_once(tables, keys, false) && !link_once(tables, keys, true)) break;
    }
    // Whether the service guards such tables at all is seen by those that it guards.
    auto const is_guarded = [](table const& t) { return t.link && t.row_security; };
    auto const guards_children = std::ranges::any_of(tables, is_guarded);
    for (auto& t : tables)
        t.is_guarded_kind =
            !t.tenant_column.empty() || !t.key_columns.empty() || (t.link && guards_children);
    for (auto& t : tables) {
        if (t.is_tenants) t.is_guarded_kind = t.row_security;
    }
}

static std::string joined_text(std::vector<std::string> const& columns, std::string_view alias)
{
    std::string out;
    for (auto const& c : columns) {
        if (!out.empty()) out += fmt::format(" || '{}' || ", part_separator);
        out += fmt::format("{}.{}::text", alias, quote_identifier(c));
    }
    return columns.size() > 1 ? "(" + out + ")" : out;
}

std::string table::owner_sql(std::string_view of) const
{
    if (!tenant_column.empty()) return joined_text({tenant_column}, of);
    if (!key_columns.empty()) return joined_text(key_columns, of);
    if (!link) return "null";
    std::vector<std::string> joins;
    for (std::size_t i = 0; i < link->columns.size(); ++i) {
        joins.push_back(fmt::format(
            "{}.{} = {}.{}",
            link->alias,
            quote_identifier(link->parent_columns[i]),
            of,
            quote_identifier(link->columns[i])
        ));
    }
    return fmt::format(
        "(select {} from {} {} where {})",
        link->owner_sql,
        link->parent_quoted,
        link->alias,
        join(joins, " and ")
    );
}

static constexpr auto keys_sql = R"sql(
select f.nspname || '.' || c.relname, g.nspname || '.' || p.relname,
       (select string_agg(a.attname, E'\x1f' order by u.n)
        from unnest(k.conkey) with ordinality as u (attnum, n)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum),
       (select string_agg(a.attname, E'\x1f' order by u.n)
        from unnest(k.confkey) with ordinality as u (attnum, n)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum),
       (not exists (select from pg_attribute a where a.attrelid = k.conrelid
                    and a.attnum = any (k.conkey) and not a.attnotnull))::int,
       (k.confdeltype = 'c')::int
from pg_constraint k
join pg_class c on c.oid = k.conrelid join pg_namespace f on f.oid = c.relnamespace
join pg_class p on p.oid = k.confrelid join pg_namespace g on g.oid = p.relnamespace
where k.contype = 'f' and not c.relispartition and not p.relispartition
order by 1, k.conkey)sql";

asio::awaitable<result<std::vector<foreign_key>>> list_foreign_keys(stores::postgres& db)
{
    auto const rows = co_await db.query(keys_sql);
    if (rows.has_error()) co_return rows.error();
    std::vector<foreign_key> out;
    for (auto const& row : rows->values) {
        foreign_key k{.from = row[0].value_or(""), .to = row[1].value_or("")};
        auto const columns = row[2].value_or("");
        auto const parents = row[3].value_or("");
        for (auto const c : split(columns, name_separator)) k.columns.emplace_back(c);
        for (auto const c : split(parents, name_separator)) k.parent_columns.emplace_back(c);
        k.is_required = row[4] == "1";
        k.cascades = row[5] == "1";
        out.push_back(std::move(k));
    }
    co_return out;
}

std::string owner_keys::text_sql(std::string_view of) const
{
    return columns.empty() ? "null" : joined_text(columns, of);
}

std::string owner_keys::condition(tenant_index who, std::string_view of) const
{
    std::vector<std::string> literals;
    for (auto const& [value, owner] : owners) {
        if (owner == who) literals.push_back(quote_literal(value));
    }
    if (literals.empty()) return "false";
    // The bare column, so that an index serves.
    auto const what = columns.size() == 1
                          ? fmt::format("{}.{}", of, quote_identifier(columns.front()))
                          : text_sql(of);
    return fmt::format("{} in ({})", what, join(literals, ", "));
}

std::vector<std::pair<std::string, std::string>> owner_keys::values(tenant_index who) const
{
    std::vector<std::pair<std::string, std::string>> out;
    for (auto const& [value, owner] : owners) {
        if (owner != who) continue;
        auto const parts = split(value, part_separator);
        if (columns.size() == 1) {
            out.emplace_back(columns.front(), quote_literal(value));
        } else if (parts.size() == columns.size()) {
            for (std::size_t i = 0; i < parts.size(); ++i) {
                out.emplace_back(columns[i], quote_literal(parts[i]));
            }
        }
        break;
    }
    return out;
}

std::map<std::string, tenant_index> values_of_tenants(context& ctx)
{
    std::map<std::string, tenant_index> out;
    for (auto const who : ctx.tenants()) {
        auto value = stored_tenant_value(ctx, who);
        if (!value.empty()) out.emplace(std::move(value), who);
    }
    return out;
}

std::string literals_of(std::map<std::string, tenant_index> const& values)
{
    std::vector<std::string> out;
    for (auto const& [value, who] : values) out.push_back(quote_literal(value));
    return out.empty() ? "null" : join(out, ", ");
}

asio::awaitable<result<owner_keys>> owner_keys_of(context& ctx, stores::postgres& db, table t)
{
    static constexpr int keys_max = 5000;
    owner_keys out;
    auto const tenants = values_of_tenants(ctx);
    if (!t.link) {
        out.columns = t.key_columns;
        if (!t.tenant_column.empty()) out.columns = {t.tenant_column};
        out.owners.insert(tenants.begin(), tenants.end());
        co_return out;
    }
    out.columns = t.link->columns;
    auto sql = fmt::format(
        "select * from (select {}, {} as owner from {} {}) k where owner in ({}) limit {}",
        joined_text(t.link->parent_columns, t.link->alias),
        t.link->owner_sql,
        t.link->parent_quoted,
        t.link->alias,
        literals_of(tenants),
        keys_max
    );
    auto const rows = co_await db.query(std::move(sql), {}, std::chrono::seconds{30});
    if (rows.has_error()) co_return rows.error();
    for (auto const& row : rows->values) {
        auto const at = tenants.find(row[1].value_or(""));
        if (row[0] && at != tenants.end()) out.owners.emplace(*row[0], at->second);
    }
    co_return out;
}

} // namespace watertight::probe
