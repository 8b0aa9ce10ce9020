-- title: A function that reads the session is marked IMMUTABLE
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-863
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P19
-- rules: pgrls SEC046
-- why: IMMUTABLE lets the planner compute it once and keep the answer in the plan: the next tenant on
--   that connection is served with the previous one's.
-- fix: ALTER FUNCTION ... STABLE.
with body as (
    select p.oid, n.nspname, p.proname,
           lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)) as text
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
    where p.provolatile = 'i' and n.nspname not in ('pg_catalog', 'information_schema')
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                      and d.objid = p.oid and d.deptype = 'e')
)
select 'function' as kind,
       format('%I.%I(%s)', b.nspname, b.proname, pg_get_function_identity_arguments(b.oid))
           as object,
       'It reads a setting, the user or a table, and is IMMUTABLE'
           || case when u.yes then '; policies call it.' else '.' end as detail,
       format('ALTER FUNCTION %I.%I(%s) STABLE;', b.nspname, b.proname,
              pg_get_function_identity_arguments(b.oid)) as fix,
       case when not u.yes then 'medium' end as level
from body b
cross join lateral (
    select exists (select from pg_depend d where d.classid = 'pg_policy'::regclass
                   and d.refclassid = 'pg_proc'::regclass and d.refobjid = b.oid) as yes) as u
where b.text ~ '\m(current_setting|current_user|session_user|current_role|auth\.(uid|jwt))\M'
   or (b.text ~ '\mselect\M' and b.text ~ '\mfrom\s+"?[a-z_]')
order by 2
