-- title: A role that may log in reads every tenant's rows
-- level: low
-- guarantee: confidentiality
-- cwe: CWE-250
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P04 P64
-- rules: pgrls SEC016
-- why: Back-ups, reports and migrations need such a role; whoever gets at its password, the
--   application first, needs nothing else.
-- fix: Keep its credentials out of the application's reach; NOBYPASSRLS where it is not needed.
select 'role' as kind, quote_ident(r.rolname) as object,
       'It has BYPASSRLS, may log in and read tenants'' tables; it was not taken for the '
       'application''s.' as detail
from pg_roles r
where r.rolcanlogin and r.rolbypassrls and not r.rolsuper
  and r.oid not in (select role from app_role)
  and exists (select from tenant_table t where has_table_privilege(r.oid, t.relid, 'select'))
order by 2
