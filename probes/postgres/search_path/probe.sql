-- title: A SECURITY DEFINER function looks for names where its caller says
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-426
-- owasp: API8:2023
-- asvs: 8.4.1
-- faults: P27
-- rules: splinter 0011, pgrls SEC015
-- why: Without a search_path of its own it takes the caller's: a table or function of the same name
--   in pg_temp, or in a schema where the caller may create, is used with the owner's privileges.
-- fix: ALTER FUNCTION ... SET search_path = pg_catalog, the_schema, pg_temp.
with definer as (
    select p.oid, n.nspname, p.proname, p.proowner,
           (select substr(c, 13) from unnest(p.proconfig) c where c like 'search_path=%') as path
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
    where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
      and pg_get_function_sqlbody(p.oid) is null
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                      and d.objid = p.oid and d.deptype = 'e')
)
select 'function' as kind,
       format('%I.%I(%s)', f.nspname, f.proname, pg_get_function_identity_arguments(f.oid))
           as object,
       case when f.path is null then 'It is SECURITY DEFINER and sets no search_path.'
            when f.path ~ '\$user' then format('Its search_path, %s, depends on the caller.', f.path)
            else format('Its search_path, %s, begins with, or leads through, what a caller may '
                        'write to.', f.path) end as detail,
       format('ALTER FUNCTION %I.%I(%s) SET search_path = pg_catalog, %I, pg_temp;', f.nspname,
              f.proname, pg_get_function_identity_arguments(f.oid), f.nspname) as fix,
       -- Only temporary tables could come before what it means.
       case when f.path is not null and f.path !~ '^"?pg_temp|\$user' and not exists (
                select from pg_namespace n join reach r
                    on has_schema_privilege(r.role, n.oid, 'create') and r.role <> f.proowner
                where n.nspname = any (regexp_split_to_array(replace(f.path, '"', ''), ',\s*')))
            then 'low' end as level
from definer f
where (f.path is null or f.path ~ '^"?pg_temp' or f.path ~ '\$user'
       or (f.path !~* 'pg_temp' and f.path !~ '^(""|'''')?$' and f.path !~ '^"?pg_catalog"?$')
       or exists (select from pg_namespace n join reach r
                      on has_schema_privilege(r.role, n.oid, 'create') and r.role <> f.proowner
                  where n.nspname = any (regexp_split_to_array(replace(f.path, '"', ''), ',\s*'))))
  -- Its caller must be another than its owner for anything to be won.
  and (not exists (select from app_role)
       or exists (select from reach r where has_function_privilege(r.role, f.oid, 'execute')
                  and r.role <> f.proowner))
order by 2
