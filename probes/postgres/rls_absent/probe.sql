-- title: Nothing in the database keeps tenants apart
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-653
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P01
-- rules: splinter 0013, pgrls SEC001
-- live: api.list
-- why: Where no table has row-level security, each query of the application is the only guard: one
--   that forgets its condition answers with everybody's rows.
-- fix: Row-level security on the tenants' tables as a second guard, or a schema, database or role a
--   tenant; else nothing but probes of the application can tell.
select 'database' as kind, current_database()::text as object,
       format('%s tables hold rows of tenants, and none has row-level security: isolation rests on '
              'the application''s queries alone.', count(*)) as detail
from tenant_table
where not relispartition
  and not exists (select from tenant_table t where t.relrowsecurity)
  and not exists (select from pg_policy)
having count(*) > 0
