-- title: Policies that are not in force, because row-level security is off
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-284
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P02 P01
-- rules: splinter 0007, pgrls SEC032
-- live: postgres.row_security
-- why: CREATE POLICY does not enable anything. The table looks guarded and shows every row.
-- fix: ALTER TABLE ... ENABLE ROW LEVEL SECURITY, and FORCE it.
select 'table' as kind, t.name as object,
       format('It has %s policies (%s) and row-level security is off.', count(*),
              string_agg(p.polname, ', ' order by p.polname)) as detail,
       format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; '
              'ALTER TABLE %1$s FORCE ROW LEVEL SECURITY;', t.name) as fix
from relation t join pg_policy p on p.polrelid = t.relid
where not t.relrowsecurity
group by t.name
order by 2
