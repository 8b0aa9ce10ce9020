-- title: No index of a tenants' table begins with the tenant
-- level: low
-- guarantee: performance
-- cwe: CWE-405
-- owasp: API4:2023
-- asvs: 8.4.1
-- faults: N6
-- rules: pgrls PERF001
-- why: Each query asks for one tenant's rows. Without an index that begins with the tenant the
--   smallest tenant waits until all the others' rows have been read.
-- fix: CREATE INDEX CONCURRENTLY on the tenant's column and what is asked for with it.
select 'table' as kind, t.name as object,
       format('No index begins with %s.', t.tenant_column) as detail,
       format('CREATE INDEX CONCURRENTLY ON %s (%s);', t.name, t.tenant_column) as fix
from tenant_table t
where not t.relispartition
  and not exists (
      select from pg_index i
      where i.indrelid = t.relid and i.indisvalid and i.indpred is null
        and (i.indkey[0] = any (t.tenant_columns)
             -- Or with what names the tenant together with it.
             or exists (select from pg_constraint f
                        where f.conrelid = t.relid and f.contype = 'f'
                          and f.conkey @> t.tenant_columns and i.indkey[0] = any (f.conkey))))
  -- Each partition of a table that is parted by tenant holds few.
  and not exists (
      select from pg_partitioned_table p
      where p.partrelid = t.relid and p.partattrs[0] = any (t.tenant_columns))
order by 2
