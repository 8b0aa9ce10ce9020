-- title: A materialised view keeps every tenant's rows
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-863
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P22 P23
-- rules: splinter 0016, pgrls VIEW003
-- live: postgres.unguarded_relations
-- why: It holds what its owner saw when it was refreshed, and has no policies of its own.
-- fix: REVOKE it from the application and read it through a view that filters by the tenant.
with recursive_use as (
    select v.relid as top, d.refobjid as relid
    from relation v
    join pg_rewrite w on w.ev_class = v.relid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.relid
    where v.relkind = 'm'
    union
    select u.top, d.refobjid
    from recursive_use u
    join relation i on i.relid = u.relid and i.relkind in ('v', 'm')
    join pg_rewrite w on w.ev_class = i.relid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> i.relid
)
select 'materialised view' as kind, v.name as object,
       format('It copies %s, and who may read it reads all of it.',
              string_agg(distinct t.name, ', ')) as detail
from recursive_use u
join relation v on v.relid = u.top
join relation t on t.relid = u.relid and t.relkind in ('r', 'p') and t.relrowsecurity
where not exists (select from app_role)
   or exists (select from reach r where has_any_column_privilege(r.role, v.relid, 'select'))
group by v.name
order by 2
