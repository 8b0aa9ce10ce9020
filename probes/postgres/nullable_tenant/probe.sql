-- title: A row may belong to no tenant
-- level: medium
-- guarantee: integrity
-- cwe: CWE-1287
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P51 R6
-- rules: pgrls SEC030
-- live: postgres.cross_writes
-- why: Without NOT NULL a row of nobody is accepted, which every condition with IS NULL shows to all
--   and no clean-up finds.
-- fix: ALTER TABLE ... ALTER COLUMN ... SET NOT NULL; what all tenants share gets a table of its own.
select 'table' as kind, t.name as object,
       format('%s may be NULL%s.', quote_ident(a.attname),
              case when exists (
                  select from policy p where p.relid = t.relid and p.using_text
                      ~* (quote_ident(a.attname) || '\)?(::\w+)? IS NULL'))
                   then ', and a policy shows such rows to all' else '' end) as detail,
       format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', t.name, a.attname) as fix,
       case when not t.relrowsecurity then 'low' end as level
from tenant_table t
join pg_attribute a on a.attrelid = t.relid and a.attnum = any (t.tenant_columns)
where not t.relispartition and not a.attnotnull
  and not exists (select from pg_constraint c
                  where c.conrelid = t.relid and c.contype = 'c' and c.convalidated
                    and pg_get_constraintdef(c.oid) ~* (quote_ident(a.attname) || '\)? IS NOT NULL'))
order by 2
