-- title: A policy lets rows be written for another tenant
-- level: high
-- guarantee: integrity
-- cwe: CWE-639
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P09 P10 P11
-- rules: splinter 0024, pgrls SEC006, pgrls SEC020, pgrls SEC028, pgrls SEC040
-- live: postgres.cross_writes
-- why: WITH CHECK alone judges new rows; one that does not ask for the tenant lets an INSERT plant a
--   row elsewhere, and an UPDATE without WHERE move them all.
-- fix: Leave WITH CHECK out (USING then holds for new rows, too), or write the tenant into it.
with writing as (
    select p.*, w.verb, coalesce(p.check_text, case when p.polcmd <> 'a' then p.using_text end) as c
    from policy p
    cross join (values ('a', 'INSERT'), ('w', 'UPDATE')) as w (cmd, verb)
    where p.polpermissive and p.polcmd::text in (w.cmd, '*') and p.is_for_app and p.relrowsecurity
      and p.check_text is not null
)
select 'policy' as kind, format('%I on %s', p.polname, p.name) as object,
       format('New rows of %s need only satisfy %s, which does not ask for %s.',
              string_agg(p.verb, ' and ' order by p.verb), min(p.c), min(k.tenant_column)) as detail
from writing p
join guarded_table k on k.relid = p.relid
where not exists (
        select from pg_attribute a
        where a.attrelid = p.relid and a.attnum = any (k.tenant_columns)
          and p.c ~ ('(^|[^\w])' || regexp_replace(quote_ident(a.attname), '([^\w])', '\\\1', 'g')
                     || '([^\w]|$)'))
  -- Functions and other tables that it asks may know the tenant.
  and p.c !~* '\mselect\M'
  and regexp_replace(p.c, '(current_setting|nullif|coalesce|lower|upper)\(', '', 'gi') !~ '\w\('
  and not exists (
      select from policy r
      join pg_attribute a on a.attrelid = r.relid and a.attnum = any (k.tenant_columns)
      where r.relid = p.relid and not r.polpermissive and r.is_for_app
        and r.polcmd::text in ('*', case p.verb when 'INSERT' then 'a' else 'w' end)
        and position(quote_ident(a.attname) in coalesce(r.check_text, r.using_text)) > 0)
  and (not exists (select from app_role)
       or exists (select from reach r where has_any_column_privilege(r.role, p.relid, p.verb)))
group by p.polname, p.name
order by 2
