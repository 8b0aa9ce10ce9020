-- title: A verb that the application may use and no policy lets through
-- level: low
-- guarantee: service
-- cwe: CWE-284
-- owasp: API8:2023
-- asvs: 8.4.1
-- faults: P11
-- rules: pgrls SEC022
-- why: With policies for some verbs alone the others are refused, or change no row and say nothing;
--   the usual remedy in a hurry is a role that bypasses them all.
-- fix: A policy for the verb, or REVOKE it.
select 'table' as kind, t.name as object,
       format('The application may %s, and no permissive policy is for that.',
              string_agg(distinct v.verb, ', ')) as detail
from guarded_table t
cross join (values ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) as v (verb, cmd)
join app_role a on has_table_privilege(a.role, t.relid, v.verb)
where t.relrowsecurity and not a.rolsuper and not a.rolbypassrls
  and not pg_has_role(a.role, t.relowner, 'usage')
  and exists (select from policy p where p.relid = t.relid and p.polpermissive and p.is_for_app)
  and not exists (select from policy p where p.relid = t.relid and p.polpermissive and p.is_for_app
                  and p.polcmd::text in (v.cmd, '*'))
group by t.name
order by 2
