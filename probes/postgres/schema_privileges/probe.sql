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
    -- A role that becomes others uses no more at once than one of them may.
    select distinct r.role, r.rolname, s.nspname
    from reach r join tenant_schema s on has_schema_privilege(r.role, s.nsp, 'usage')
    where not r.rolsuper
),
-- What views outside of them read, through views.
view_use as (
    select v.relid as top, d.refobjid as relid
    from relation v
    join pg_rewrite w on w.ev_class = v.relid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.relid
    where v.relkind in ('v', 'm') and v.relnamespace not in (select nsp from tenant_schema)
    union
    select u.top, d.refobjid
    from view_use u
    join relation i on i.relid = u.relid and i.relkind in ('v', 'm')
    join pg_rewrite w on w.ev_class = i.relid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> i.relid
)
select 'role' as kind, quote_ident(a.rolname) as object,
       format('It may use %s of %s schemas that hold a tenant each (%s%s).', count(*),
              (select count(*) from tenant_schema), (array_agg(a.nspname order by a.nspname))[1],
              ', ...') as detail
from access a
group by a.rolname
having count(*) > 1
union all
select 'view', v.name,
       format('It reads tables of %s schemas that hold a tenant each, and %s may read it.',
              count(distinct s.nsp), min(r.rolname))
from view_use u
join relation v on v.relid = u.top
join relation t on t.relid = u.relid
join tenant_schema s on s.nsp = t.relnamespace
join reach r on has_any_column_privilege(r.role, v.relid, 'select')
     and has_schema_privilege(r.role, v.relnamespace, 'usage')
group by v.relid, v.name
having count(distinct s.nsp) > 1
union all
select 'schema', quote_ident(s.nspname), 'PUBLIC may use it.'
from tenant_schema s
join pg_namespace n on n.oid = s.nsp
where exists (select from aclexplode(n.nspacl) a
              where a.grantee = 0 and a.privilege_type = 'USAGE')
  and s.nspname <> 'public'
order by 1, 2
