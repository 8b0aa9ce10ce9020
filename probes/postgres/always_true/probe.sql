-- title: A policy lets every tenant read every row
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-639
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P07 P08
-- rules: splinter 0024, pgrls SEC008, pgrls SEC011
-- live: postgres.row_security
-- why: Permissive policies are joined by OR: one that is true for every row makes all the others
--   void.
-- fix: Drop it, or name the role it is meant for (TO reporting), or make it AS RESTRICTIVE.
with open_policy as (
    select p.*, lower(p.using_text) as t from policy p
    where p.polpermissive and p.polcmd <> 'a' and p.is_for_app and p.relrowsecurity
)
select 'policy' as kind, format('%I on %s', p.polname, p.name) as object,
       format('Its condition%s, %s, is true of every row, whoever asks.',
              case p.polcmd when 'w' then ' for UPDATE' when 'd' then ' for DELETE' else '' end,
              p.using_text) as detail,
       format('DROP POLICY %I ON %s;', p.polname, p.name) as fix,
       -- A log-in may have to search all tenants.
       case when k.is_tenants and p.polcmd in ('r', '*') then 'low' end as level
from open_policy p
join guarded_table k on k.relid = p.relid
where (t ~ '^\(*true\)*$' or t ~ '\mor \(*true\)*\s*(\)|$)' or t ~ '^\(*true\)* or '
       or t ~ '\(true\) or ' or t ~ '\((\d+) = \1\)' or t ~ '\(''([^'']*)''::text = ''\1''::text\)'
       or t ~ '\(("?\w+"?) (=|is not distinct from) \1\)'
       or exists (select from unnest(k.tenant_columns) c
                  join pg_attribute a on a.attrelid = k.relid and a.attnum = c
                  where p.using_text ~ format('^\(*%s IS NOT NULL\)*$', quote_ident(a.attname))))
  -- A restrictive policy beside it still asks for the tenant.
  and not exists (
      select from policy r
      join pg_attribute a on a.attrelid = r.relid and a.attnum = any (k.tenant_columns)
      where r.relid = p.relid and not r.polpermissive and r.polcmd in (p.polcmd, '*') and r.is_for_app
        and position(quote_ident(a.attname) in r.using_text) > 0)
order by 2
