-- title: A foreign key reaches into other tenants' rows
-- level: medium
-- guarantee: integrity
-- cwe: CWE-639
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P35 P36 A17
-- rules: pgrls SEC047
-- live: postgres.key_oracle
-- why: Foreign keys are checked past all policies: a row may refer to another tenant's, which tells
--   that it exists, and ON DELETE CASCADE then deletes across tenants.
-- fix: UNIQUE (tenant, id) on the table referred to, and a key over both columns.
with holders as (
    select relid, name, relrowsecurity, relispartition, tenant_column, tenant_columns,
           false as is_child
    from tenant_table
    union all
    -- Its parent stands for the tenant.
    select relid, name, relrowsecurity, relispartition, tenant_column, tenant_columns, true
    from tenant_child
)
select 'foreign key' as kind, format('%I on %s', k.conname, f.name) as object,
       format('It refers to %s without %s%s.', t.name, f.tenant_column,
              case when k.confdeltype = 'c' then ', and deletes with it (ON DELETE CASCADE)'
                   when k.confupdtype = 'c' then ', and changes with it (ON UPDATE CASCADE)'
                   else '' end) as detail,
       -- Where the database keeps nobody apart anyway, the application has to look.
       case when not (f.relrowsecurity or t.relrowsecurity) then 'low' end as level
from pg_constraint k
join holders f on f.relid = k.conrelid
join holders t on t.relid = k.confrelid
where k.contype = 'f' and k.conparentid = 0 and not f.relispartition
  and not case when f.is_child then k.conkey && f.tenant_columns
               else k.conkey @> f.tenant_columns end
order by 2
