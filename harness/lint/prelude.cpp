#include "harness/lint/prelude.hpp"

#include <fmt/format.h>

namespace watertight::lint {

static constexpr std::string_view shared_tables = R"sql(
with recursive
-- Tables and views of the database's users that were not excluded: all that lints speak of.
relation as materialized (
    select c.oid as relid, format('%I.%I', n.nspname, c.relname) as name, n.nspname, c.relname,
           c.relkind, c.relowner, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
           c.reloptions, c.relnamespace
    from unnest($1::oid[]) as given (oid)
    join pg_class c on c.oid = given.oid
    join pg_namespace n on n.oid = c.relnamespace
),
-- Those with columns that name the tenant.
tenant_relation as materialized (
    select r.*, given.columns::int2[] as tenant_columns,
           (select string_agg(quote_ident(a.attname), ', ' order by k.n)
            from unnest(given.columns::int2[]) with ordinality as k (attnum, n)
            join pg_attribute a on a.attrelid = r.relid and a.attnum = k.attnum) as tenant_column
    from unnest($2::oid[], $3::text[]) as given (oid, columns)
    join relation r on r.relid = given.oid
),
tenant_table as materialized (
    select * from tenant_relation where relkind in ('r', 'p')
),
-- The table whose rows the tenants are; none or one.
tenants_table as materialized (
    select * from relation where relid = $4::oid
),
-- What belongs to tenants' rows, by foreign keys that can't be missing, and theirs again.
owned as (
    select relid from tenant_table
    union
    select k.conrelid from owned o
    join pg_constraint k on k.contype = 'f' and k.confrelid = o.relid and k.conrelid <> k.confrelid
    where not exists (select from pg_attribute a where a.attrelid = k.conrelid
                      and a.attnum = any (k.conkey) and not a.attnotnull)
),
-- Tables in which no column names the tenant, while such a key does; it stands for the column.
tenant_child as materialized (
    select r.*, k.conkey as tenant_columns,
           (select string_agg(quote_ident(a.attname), ', ' order by u.n)
            from unnest(k.conkey) with ordinality as u (attnum, n)
            join pg_attribute a on a.attrelid = r.relid and a.attnum = u.attnum) as tenant_column,
           p.name as parent, p.relrowsecurity as parent_is_guarded
    from relation r
    join lateral (
        select f.* from pg_constraint f join owned o on o.relid = f.confrelid
        where f.contype = 'f' and f.conrelid = r.relid and f.confrelid <> r.relid
          and not exists (select from pg_attribute a where a.attrelid = r.relid
                          and a.attnum = any (f.conkey) and not a.attnotnull)
        order by f.confdeltype = 'c' desc, f.oid limit 1) as k on true
    join relation p on p.relid = k.confrelid
    where r.relkind in ('r', 'p') and r.relid in (select relid from owned)
      and r.relid not in (select relid from tenant_table)
      and r.relid not in (select relid from tenants_table)
),
-- What policies of tenants stand on: both kinds, and the tenants' own table where it is guarded.
guarded_table as materialized (
    select *, false as is_tenants from tenant_table
    union all
    select relid, name, nspname, relname, relkind, relowner, relispartition, relrowsecurity,
           relforcerowsecurity, reloptions, relnamespace, tenant_columns, tenant_column, false
    from tenant_child
    union all
    select t.*, k.conkey, (select string_agg(quote_ident(a.attname), ', ' order by u.n)
                           from unnest(k.conkey) with ordinality as u (attnum, n)
                           join pg_attribute a on a.attrelid = t.relid and a.attnum = u.attnum),
           true
    from tenants_table t join pg_constraint k on k.conrelid = t.relid and k.contype = 'p'
    where t.relrowsecurity and t.relid not in (select relid from tenant_table)
),
-- The roles that the application connects as; whether somebody said so or it was derived.
app_role as materialized (
    select r.oid as role, r.rolname, r.rolsuper, r.rolbypassrls, r.rolreplication,
           $6::bool as is_told
    from unnest($5::oid[]) as given (oid) join pg_roles r on r.oid = given.oid
),
-- Which roles they can become, themselves among them. A superuser is left at itself.
reach as materialized (
    select a.role as app, a.rolname as app_name, r.oid as role, r.rolname, r.rolsuper,
           r.rolbypassrls, r.oid = a.role as is_self,
           pg_has_role(a.role, r.oid, 'usage') as is_inherited
    from app_role a
    join pg_roles r on r.oid = a.role or (not a.rolsuper and pg_has_role(a.role, r.oid, 'member'))
),
-- Schemas that hold one tenant each.
tenant_schema as materialized (
    select n.oid as nsp, n.nspname, n.nspowner
    from unnest($7::text[]) as given (name) join pg_namespace n on n.nspname = given.name
),
-- Whether the database itself keeps tenants apart at all.
uses_rls as materialized (
    select exists (select from guarded_table t where t.relrowsecurity
                   or exists (select from pg_policy p where p.polrelid = t.relid)) as yes
),
policy as materialized (
    select p.oid as polid, p.polname, p.polcmd, p.polpermissive, p.polroles, t.*,
           -- (select f()) is f(), asked once for a statement.
           regexp_replace(pg_get_expr(p.polqual, p.polrelid), s.once, '\1', 'g') as using_text,
           regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), s.once, '\1', 'g') as check_text,
           -- Whether it concerns the application: it is for all, or for a role that it can be.
           0 = any (p.polroles) or not exists (select from app_role)
               or exists (select from reach r where r.role = any (p.polroles)) as is_for_app
    from pg_policy p join relation t on t.relid = p.polrelid
    cross join (values ('\( ?SELECT (\(?[\w.]+\([^()]*\)\)?(?:::\w+)?) AS \w+\)')) as s (once)
),
-- Roles whom policies do not bind: what they own or run shows every row.
unbound as materialized (
    select oid as role from pg_roles where rolsuper or rolbypassrls
)
)sql";

std::string_view prelude()
{
    return shared_tables;
}

static constexpr std::string_view with = "with ";

std::string with_prelude(std::string_view query)
{
    // Its own common table expressions follow the prelude's.
    if (!query.starts_with(with)) return fmt::format("{}\n{}", prelude(), query);
    return fmt::format("{},\n{}", prelude(), query.substr(with.size()));
}

std::string together(std::vector<std::string_view> const& queries)
{
    std::string out{prelude()};
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto query = queries[i];
        std::string_view own;
        if (query.starts_with(with)) {
            query.remove_prefix(with.size());
            own = "with recursive ";
        }
        out += fmt::format(
            "{}select {} as unit, to_jsonb(found)::text as found from ({}{}\n) as found",
            i == 0 ? "\n" : "\nunion all\n",
            i,
            own,
            query
        );
    }
    return out;
}

} // namespace watertight::lint
