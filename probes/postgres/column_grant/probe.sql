-- title: A grant on columns that a grant on the whole table makes void
-- level: low
-- guarantee: confidentiality
-- cwe: CWE-213
-- owasp: API3:2023
-- asvs: 8.2.3
-- faults: P59
-- rules: pgrls SEC045
-- why: Whoever wrote the grants by column meant to keep the other columns from the role; the grant on
--   the table gives them all.
-- fix: REVOKE SELECT on the table; grants by column stay.
select 'table' as kind, r.name as object,
       format('%s was granted %s on some columns (%s), and on the whole table, too.',
              g.rolname, lower(a.privilege_type), string_agg(t.attname, ', ' order by t.attnum))
           as detail
from relation r
join pg_attribute t on t.attrelid = r.relid and t.attacl is not null and not t.attisdropped
cross join lateral aclexplode(t.attacl) as a
join pg_roles g on g.oid = a.grantee
where r.relkind in ('r', 'p', 'v') and a.privilege_type = 'SELECT'
  and has_table_privilege(a.grantee, r.relid, a.privilege_type) and not g.rolsuper
  and g.oid <> r.relowner
group by r.name, g.rolname, a.privilege_type
order by 2
