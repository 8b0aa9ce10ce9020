-- title: A policy of a tenants' table does not ask for the tenant
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-639
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P07 P08 P52
-- rules: pgrls SEC005, pgrls SEC021, pgrls SEC027
-- live: postgres.row_security
-- why: A condition on something else, or one that is the same whoever asks, opens the rows that
--   satisfy it to every tenant.
-- fix: Compare the table's own tenant column with the tenant of the session.
with reading as (
    select p.*, k.tenant_columns, k.tenant_column, k.is_tenants, lower(p.using_text) as t,
           exists (select from pg_attribute a
                   where a.attrelid = p.relid and a.attnum = any (k.tenant_columns)
                     and position(quote_ident(a.attname) in p.using_text) > 0) as asks_tenant,
           p.using_text ~* '\mselect\M|current_setting|current_user|session_user|current_role|\mauth\.'
               or p.using_text ~ '[a-z_]\(' as asks_session
    from policy p join guarded_table k on k.relid = p.relid
    where p.polpermissive and p.polcmd <> 'a' and p.is_for_app and p.relrowsecurity
)
select 'policy' as kind, format('%I on %s', p.polname, p.name) as object,
       case when not asks_session
            then format('Its condition, %s, is the same whoever asks.', p.using_text)
            else format('Its condition, %s, does not ask for %s.', p.using_text, p.tenant_column)
       end as detail,
       case when asks_session and p.using_text ~* '\mselect\M|\w\(' or is_tenants then 'low' end
           as level
from reading p
where (not asks_tenant or not asks_session)
  and t !~ '^\(*(true|false)\)*$'
  and t !~ '\((\d+) = \1\)'
  and t !~ format('^\(*"?%s"? is not null\)*$', replace(lower(p.tenant_column), '"', ''))
  and not exists (
      select from policy r
      join pg_attribute a on a.attrelid = r.relid and a.attnum = any (p.tenant_columns)
      where r.relid = p.relid and not r.polpermissive and r.polcmd in (p.polcmd, '*') and r.is_for_app
        and position(quote_ident(a.attname) in r.using_text) > 0)
order by 2
