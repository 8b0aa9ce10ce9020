-- title: A policy takes a user to have one tenant
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-841
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P56
-- rules:
-- live: postgres.row_security
-- why: = (SELECT ...) fails for who belongs to two tenants, and with LIMIT 1 serves them as whichever
--   comes first.
-- fix: Take the tenant from the session, and check the membership by EXISTS.
select 'policy' as kind, format('%I on %s', p.polname, p.name) as object,
       format('It compares %s with one row of a query%s.', t.tenant_column,
              case when p.using_text ~* 'limit 1' then ', whichever comes first' else '' end)
           as detail
from policy p
join tenant_table t on t.relid = p.relid
join pg_attribute a on a.attrelid = p.relid and a.attnum = any (t.tenant_columns)
where p.using_text ~* (quote_ident(a.attname) || '\)?(::\w+)?\)* = \(+ *select')
  and p.using_text ~* '\mfrom\M'
  and p.using_text !~* 'select (current_setting|auth\.|nullif|coalesce)[^;]*\) as \w+\)+$'
order by 2
