-- title: Policies ask a table that the application itself may write
-- level: high
-- guarantee: integrity
-- cwe: CWE-269
-- owasp: API5:2023
-- asvs: 8.2.1, 8.4.1
-- faults: P57
-- rules: pgrls SEC025
-- live: postgres.policy_escape
-- why: Whoever may insert a row into the table of memberships makes themselves a member of any
--   tenant.
-- fix: Row-level security on the table of memberships, or REVOKE INSERT, UPDATE.
with bodies as (
    select f.oid, lower(coalesce(pg_get_function_sqlbody(f.oid), f.prosrc)) as text from pg_proc f
    where f.oid in (select d.refobjid from pg_depend d where d.classid = 'pg_policy'::regclass
                    and d.refclassid = 'pg_proc'::regclass)
),
named as (
    select b.oid as function, r.relid from bodies b
    join relation r on r.relkind in ('r', 'p') and position(lower(r.relname) in b.text) > 0
         and b.text ~ ('\m' || regexp_replace(lower(r.relname), '([^\w])', '\\\1', 'g') || '\M')
),
asked as (
    select p.polid, d.refobjid as relid from policy p
    join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.polid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.relid
    union
    -- By a function.
    select p.polid, n.relid from policy p
    join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.polid
         and d.refclassid = 'pg_proc'::regclass
    join named n on n.function = d.refobjid and n.relid <> p.relid
)
select 'table' as kind, m.name as object,
       format('Policies of %s ask it, it has no row-level security, and the application may %s it.',
              string_agg(distinct p.name, ', '), case when bool_or(w.yes) then 'write' else 'read' end)
           as detail,
       format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; '
              'ALTER TABLE %1$s FORCE ROW LEVEL SECURITY;', m.name) as fix,
       case when not bool_or(w.yes) then 'low' end as level
from policy p
join asked a on a.polid = p.polid
join relation m on m.relid = a.relid and m.relkind in ('r', 'p') and not m.relrowsecurity
cross join lateral (
    select exists (select from reach r where has_any_column_privilege(r.role, m.relid, 'insert, update'))
           as yes) as w
where w.yes
   or exists (select from reach r where has_any_column_privilege(r.role, m.relid, 'select'))
group by m.name
order by 2
