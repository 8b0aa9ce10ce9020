#include "harness/lint/prelude.hpp"

#include <fmt/format.h>

namespace watertight::lint {

std::string_view prelude()
{
    static constexpr std::string_view text = R"sql(
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
    select exists (select from tenant_table t where t.relrowsecurity
                   or exists (select from pg_policy p where p.polrelid = t.relid)) as yes
),
policy as materialized (
    select p.oid as polid, p.polname, p.polcmd, p.polpermissive, p.polroles, t.*,
           pg_get_expr(p.polqual, p.polrelid) as using_text,
           pg_get_expr(p.polwithcheck, p.polrelid) as check_text,
           -- Whether it concerns the application: it is for all, or for a role that it can be.
           0 = any (p.polroles) or not exists (select from app_role)
               or exists (select from reach r where r.role = any (p.polroles)) as is_for_app
    from pg_policy p join relation t on t.relid = p.polrelid
),
-- Roles whom policies do not bind: what they own or run shows every row.
unbound as materialized (
    select oid as role from pg_roles where rolsuper or rolbypassrls
)
)sql";
    return text;
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
