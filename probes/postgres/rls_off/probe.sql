-- title: A tenants' table without row-level security beside others that have it
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-284
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P01 P31
-- rules: splinter 0013, pgrls SEC001
-- live: postgres.row_security
-- why: Tables made later, by LIKE or by a migration, have no policies unless somebody writes them:
--   every row is everybody's.
-- fix: ENABLE and FORCE ROW LEVEL SECURITY on it and give it the policies that its siblings have.
with siblings as (
    select count(*) as tables, count(*) filter (where relrowsecurity) as secured
    from tenant_table where not relispartition
),
bare as (
    select t.*, null::text as parent from tenant_table t
    union all
    -- Its parent is guarded, and what belongs to it is not.
    select relid, name, nspname, relname, relkind, relowner, relispartition, relrowsecurity,
           relforcerowsecurity, reloptions, relnamespace, tenant_columns, tenant_column, parent
    from tenant_child where parent_is_guarded
)
select 'table' as kind, t.name as object,
       case when t.parent is null
            then format('It holds rows of tenants (%s) and has no row-level security, while %s of %s '
                        'such tables have.', t.tenant_column, s.secured, s.tables)
            else format('Its rows belong to those of %s (%s), which has row-level security; it has '
                        'none.', t.parent, t.tenant_column) end as detail,
       format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; '
              'ALTER TABLE %1$s FORCE ROW LEVEL SECURITY;', t.name) as fix,
       -- Where most have none, the application is the guard and these are no exception.
       case when s.secured * 2 < s.tables then 'low'
            when t.parent is not null then 'medium' end as level
from bare t, siblings s
where s.secured > 0 and not t.relrowsecurity and not t.relispartition
  and not exists (select from pg_inherits i where i.inhrelid = t.relid)
  and not exists (select from pg_policy p where p.polrelid = t.relid)
  and (not exists (select from app_role)
       or exists (select from reach r
                  where has_table_privilege(r.role, t.relid, 'select, insert, update, delete')
                     or has_any_column_privilege(r.role, t.relid, 'select, insert, update')))
order by 2
