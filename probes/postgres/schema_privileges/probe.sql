-- title: One role reaches the schemas of several tenants
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-653
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P54 P55
-- rules:
-- live: postgres.foreign_schema
-- why: With a schema a tenant and one role for all of them the search_path is the only guard: one
--   that a pooled connection kept, or a name written with its schema, reads another tenant.
-- fix: A role a tenant, with USAGE on its own schema alone.
with access as (
    select r.app_name as rolname, s.nspname
    from reach r join tenant_schema s on has_schema_privilege(r.role, s.nsp, 'usage')
    where not r.rolsuper
    group by 1, 2
)
select 'role' as kind, quote_ident(a.rolname) as object,
       format('It may use %s of %s schemas that hold a tenant each (%s%s).', count(*),
              (select count(*) from tenant_schema), (array_agg(a.nspname order by a.nspname))[1],
              ', ...') as detail
from access a
group by a.rolname
having count(*) > 1
union all
select 'schema', quote_ident(s.nspname), 'PUBLIC may use it.'
from tenant_schema s
join pg_namespace n on n.oid = s.nsp
where exists (select from aclexplode(n.nspacl) a
              where a.grantee = 0 and a.privilege_type = 'USAGE')
  and s.nspname <> 'public'
order by 1, 2
