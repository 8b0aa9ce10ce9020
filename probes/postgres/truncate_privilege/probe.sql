-- title: The application may TRUNCATE a table of all tenants
-- level: high
-- guarantee: integrity
-- cwe: CWE-732
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P34
-- rules:
-- live: postgres.cross_writes
-- why: TRUNCATE asks no policy: one statement empties the table for every tenant.
-- fix: REVOKE TRUNCATE.
select 'table' as kind, t.name as object,
       format('%s may TRUNCATE it, which no policy hinders.', string_agg(distinct r.rolname, ', '))
           as detail,
       format('REVOKE TRUNCATE ON %s FROM %s;', t.name,
              string_agg(distinct quote_ident(r.rolname), ', ')) as fix
from guarded_table t
join reach r on has_table_privilege(r.role, t.relid, 'truncate')
-- What its owner may do is another lint's.
where t.relrowsecurity and not r.rolsuper and not pg_has_role(r.role, t.relowner, 'usage')
group by t.name
order by 2
