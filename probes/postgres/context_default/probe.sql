-- title: A setting that policies read has a value before anybody sets it
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-636
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P13 P12
-- rules:
-- live: postgres.row_security
-- why: ALTER ROLE or ALTER DATABASE ... SET gives every connection a tenant: who forgets to set one is
--   served as that.
-- fix: ALTER ROLE ... RESET it.
with names as (
    select distinct lower(m[1]) as setting
    from policy p, regexp_matches(coalesce(p.using_text, '') || coalesce(p.check_text, ''),
                                  'current_setting\(''([^'']+)''', 'g') as m
)
select 'setting' as kind, n.setting as object,
       format('%s sets it to %s.',
              case when s.setrole = 0 then 'ALTER DATABASE'
                   else 'ALTER ROLE ' || quote_ident(s.setrole::regrole::text) end,
              quote_literal(split_part(c, '=', 2))) as detail
from names n
join pg_db_role_setting s on true
cross join unnest(s.setconfig) as c
where lower(split_part(c, '=', 1)) = n.setting and split_part(c, '=', 2) not in ('', '""')
  and (s.setdatabase = 0 or s.setdatabase = (select oid from pg_database
                                             where datname = current_database()))
  and (s.setrole = 0 or s.setrole in (select role from app_role))
order by 2
