-- title: A function is marked LEAKPROOF and is none of the server's own
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-697
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P25
-- rules: pgrls SEC017
-- live: postgres.row_security
-- why: The planner runs leakproof functions before the policies: one that raises, logs or stores what
--   it sees tells of other tenants' rows.
-- fix: ALTER FUNCTION ... NOT LEAKPROOF.
select 'function' as kind,
       format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
           as object,
       format('A function in %s is run on rows that policies hide.', l.lanname) as detail,
       format('ALTER FUNCTION %I.%I(%s) NOT LEAKPROOF;', n.nspname, p.proname,
              pg_get_function_identity_arguments(p.oid)) as fix
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where p.proleakproof and n.nspname not in ('pg_catalog', 'information_schema')
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                  and d.objid = p.oid and d.deptype = 'e')
order by 2
