-- title: A partition can be read past its table's policies
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-863
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P29 P30 P62
-- rules: pgrls SEC041, pgrls SEC043
-- live: postgres.unguarded_relations
-- why: Policies hold for the table that a query names. A partition or a child that inherits has none
--   of its parent's, and a grant on it opens its rows.
-- fix: REVOKE all on partitions and children, or give them the policies.
select 'table' as kind, c.name as object,
       format('It is %s %s, which has row-level security; it has none, and the application may read '
              'or write it directly.',
              case when c.relispartition then 'a partition of' else 'a child of' end, p.name)
           as detail,
       format('REVOKE ALL ON %s FROM %I;', c.name, min(r.rolname)) as fix
from relation c
join pg_inherits i on i.inhrelid = c.relid
join relation p on p.relid = i.inhparent and p.relrowsecurity
join reach r on has_table_privilege(r.role, c.relid, 'select, insert, update, delete')
             or has_any_column_privilege(r.role, c.relid, 'select, insert, update')
where not c.relrowsecurity and c.relkind in ('r', 'p', 'f')
group by c.name, c.relispartition, p.name
order by 2
