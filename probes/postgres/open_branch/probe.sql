-- title: One branch of a policy's condition does not ask for the tenant
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-639
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P07 P17
-- rules: pgrls SEC011
-- live: postgres.row_security
-- why: Behind an OR stands what opens the row without the tenant: a flag that any SQL of the
--   session can set, a mark on the row.
-- fix: A policy of its own for the role that may see all, and no settings as privileges.
with texts as (
    select p.*, k.tenant_columns, k.tenant_column,
           regexp_replace(p.using_text, '^\((.*)\)$', '\1') as t
    from policy p join guarded_table k on k.relid = p.relid
    where p.polpermissive and p.polcmd <> 'a' and p.is_for_app and p.relrowsecurity
      and p.using_text ~ ' OR '
),
-- Each character with how many parentheses are open before it.
letters as (
    select t.polid, l.n, l.c,
           sum(case l.c when '(' then 1 when ')' then -1 else 0 end)
               over (partition by t.polid order by l.n) as depth
    from texts t, regexp_split_to_table(t.t, '') with ordinality as l (c, n)
),
cuts as (
    select l.polid, l.n from letters l join texts t using (polid)
    where l.depth = 0 and l.c = ' ' and substr(t.t, l.n::int, 4) = ' OR '
),
branches as (
    select t.*, substr(t.t, b.first::int, (b.last - b.first)::int) as branch
    from texts t
    join lateral (
        select coalesce(lag(e.n) over (order by e.n) + 4, 1) as first, e.n as last
        from (select n from cuts c where c.polid = t.polid
              union all select length(t.t) + 1) as e) as b on true
)
select 'policy' as kind, format('%I on %s', b.polname, b.name) as object,
       format('The branch %s opens a row whatever its %s is%s.', b.branch, b.tenant_column,
              case when b.branch ~* 'current_setting'
                   then ', and whoever may send SQL may set what it reads' else '' end) as detail,
       case when b.branch !~* 'current_setting' then 'low' end as level
from branches b
where exists (select from cuts c where c.polid = b.polid)
  and not exists (select from pg_attribute a
                  where a.attrelid = b.relid and a.attnum = any (b.tenant_columns)
                    and position(quote_ident(a.attname) in b.branch) > 0)
  -- Others say it: always true, or true while nothing is set.
  and b.branch !~* '^\(*(true|false|\d+ = \d+)\)*$'
  and not (b.branch ~* 'current_setting' and b.branch ~* 'is null|= ''''')
union all
select 'policy', format('%I on %s', p.polname, p.name),
       format('CASE opens every row while %s, and whoever may send SQL may set what it reads.',
              substring(p.using_text from '(?i)when (.*?) then true')), null
from policy p join guarded_table k on k.relid = p.relid
where p.polpermissive and p.polcmd <> 'a' and p.is_for_app and p.relrowsecurity
  and p.using_text ~* 'case\s+when [^;]*current_setting[^;]*\s+then true'
order by 2
