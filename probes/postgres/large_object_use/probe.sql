-- title: Large objects belong to no tenant
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-639
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P48
-- live: postgres.large_objects
-- why: They have an owner, which is the application's one role for all tenants, and a number that can
--   be guessed; policies do not exist for them.
-- fix: bytea in a table with policies, or a store for files.
select 'database' as kind, current_database()::text as object,
       format('%s large objects are there%s.', count(*),
              case when current_setting('lo_compat_privileges')::bool
                   then ', and lo_compat_privileges opens them to all' else '' end) as detail
from pg_largeobject_metadata
having count(*) > 0
