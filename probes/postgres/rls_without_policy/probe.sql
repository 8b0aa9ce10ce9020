-- title: Row-level security without a policy that lets the application see anything
-- level: low
-- guarantee: service
-- cwe: CWE-284
-- owasp: API8:2023
-- asvs: 8.4.1
-- faults: P08 P11
-- rules: splinter 0008, pgrls SEC009, pgrls SEC012
-- why: Without a permissive policy for its role nobody but the owner sees a row; who works around it
--   with the owner's role is bound by nothing.
-- fix: CREATE POLICY ... TO the application's role, or REVOKE what the role can't use.
select 'table' as kind, t.name as object,
       format('%s has privileges on it, and no permissive policy is for that role: it sees nothing.',
              min(a.rolname)) as detail
from guarded_table t
join app_role a on has_table_privilege(a.role, t.relid, 'select, insert, update, delete')
where t.relrowsecurity and not a.rolsuper and not a.rolbypassrls
  and not pg_has_role(a.role, t.relowner, 'usage')
  and not exists (select from policy p where p.relid = t.relid and p.polpermissive and p.is_for_app)
group by t.name
order by 2
