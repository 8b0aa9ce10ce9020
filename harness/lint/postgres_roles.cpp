#include "harness/lint/tenancy_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::lint {

// A role counts by what it can become, too: NOINHERIT roles such as a pooler's have nothing else.
static constexpr auto roles_sql = R"sql(
with tables as (select unnest($1::oid[]) as relid),
login as (
    select r.oid, r.rolname, r.rolsuper, r.rolbypassrls from pg_roles r
    where (r.rolcanlogin and r.rolname !~ '^pg_') or r.rolname = any ($2::text[])
)
select l.oid, l.rolname, l.rolsuper::int, l.rolbypassrls::int,
       (not l.rolsuper and exists (
           select from pg_roles r cross join tables t
           where (r.oid = l.oid or pg_has_role(l.oid, r.oid, 'member')) and r.rolname !~ '^pg_'
             and has_table_privilege(r.oid, t.relid, 'insert, update, delete')))::int as writes,
       (not l.rolsuper and exists (
           select from tables t join pg_class c on c.oid = t.relid
           where pg_has_role(l.oid, c.relowner, 'member')))::int as owns
from login l order by 2)sql";

struct candidate {
    std::string oid;
    std::string name;
    bool is_super;
    bool is_bypass;
    bool writes;
    bool owns;
};

template <class Wanted>
static app_roles those(std::vector<candidate> const& all, Wanted is_wanted, bool is_told)
{
    app_roles out;
    out.is_told = is_told;
    for (auto const& c : all) {
        if (!is_wanted(c)) continue;
        out.oids.push_back(c.oid);
        out.names.push_back(c.name);
    }
    return out;
}

asio::awaitable<result<app_roles>>
find_app_roles(stores::postgres& db, postgres_options o, std::vector<std::string> tables)
{
    parameters values;
    values.emplace_back(array_text(tables));
    values.emplace_back(array_text(o.app_roles));
    auto const rows = co_await read_only(db, o, roles_sql, std::move(values));
    if (rows.has_error()) co_return rows.error();
    std::vector<candidate> all;
    for (auto const& row : rows->values) {
        auto const is = [&](std::size_t i) { return row[i] == "1"; };
        all.push_back({row[0].value_or(""), row[1].value_or(""), is(2), is(3), is(4), is(5)});
    }
    if (!o.app_roles.empty()) {
        for (auto const& name : o.app_roles) {
            if (std::ranges::find(all, name, &candidate::name) != all.end()) continue;
            co_return failure{errc::not_found, fmt::format("there is no role {}", name), {}};
        }
        auto const is_told = [&](candidate const& c) {
            return std::ranges::count(o.app_roles, c.name) != 0;
        };
        co_return those(all, is_told, true);
    }
    auto const is_plain = [](candidate const& c) { return c.writes && !c.owns && !c.is_bypass; };
    auto out = those(all, is_plain, false);
    if (!out.oids.empty()) co_return out;
    co_return those(
        all, [](candidate const& c) { return c.writes; }, false
    );
}

} // namespace watertight::lint
