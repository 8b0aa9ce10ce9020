-- title: Logical replication carries every tenant's rows
-- level: low
-- guarantee: confidentiality
-- cwe: CWE-359
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P50
-- rules: splinter 0019, pgrls SEC051
-- why: What reads the change stream, a replica, a search index, a live feed, is shown all rows: no
--   policy holds there.
-- fix: A row filter, fewer tables, and a role with REPLICATION that the application is not.
with reach_replication as (
    select r.rolname from reach r join pg_roles p on p.oid = r.role
    where p.rolreplication and not p.rolsuper
),
published as (
    select p.pubname, min(t.name) as example, count(*) as tables
    from pg_publication p
    join pg_publication_tables x on x.pubname = p.pubname
    join tenant_relation t on t.nspname = x.schemaname and t.relname = x.tablename
    where to_jsonb(x) ->> 'rowfilter' is null
    group by p.pubname
)
select 'publication' as kind, quote_ident(p.pubname) as object,
       format('It has %s tenants'' tables without a row filter (%s%s)%s.', p.tables, p.example,
              case when p.tables > 1 then ', ...' else '' end,
              (select format(', and the application''s role %s has REPLICATION', min(rolname))
               from reach_replication having count(*) > 0)) as detail,
       case when (select count(*) from reach_replication) > 0 then 'high' end as level
from published p
order by 2
