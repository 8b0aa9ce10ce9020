-- title: A row that names no tenant is given to one
-- level: medium
-- guarantee: integrity
-- cwe: CWE-1188
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P13 R6
-- rules:
-- why: A constant default hides each write that forgot its tenant: it lands in somebody's data.
-- fix: ALTER COLUMN ... DROP DEFAULT, or a default from the session's setting.
select 'table' as kind, t.name as object,
       format('%s is %s by default.', quote_ident(a.attname), pg_get_expr(d.adbin, d.adrelid))
           as detail,
       format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT;', t.name, a.attname) as fix
from tenant_table t
join pg_attribute a on a.attrelid = t.relid and a.attnum = any (t.tenant_columns)
join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''
where not t.relispartition
  and pg_get_expr(d.adbin, d.adrelid) !~* 'current_setting|nextval|current_user|session_user|uuid\(|NULL'
  and pg_get_expr(d.adbin, d.adrelid) !~ '[a-z_]\('
order by 2
