-- title: A foreign table is read with another role's rights
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-441
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P33
-- rules: splinter 0017, pgrls SEC053
-- live: postgres.unguarded_relations
-- why: It has no policies, and the remote side knows the role of the user mapping alone, not the
--   tenant of the session.
-- fix: REVOKE it from the application, or read it through a view that filters by tenant.
select 'foreign table' as kind, f.name as object,
       format('%s may read it; the server %s answers as the user of its mapping, for whichever '
              'tenant.', string_agg(distinct r.app_name, ', '), s.srvname) as detail,
       case when f.relid in (select relid from tenant_relation) then 'high' end as level
from relation f
join pg_foreign_table t on t.ftrelid = f.relid
join pg_foreign_server s on s.oid = t.ftserver
join reach r on has_any_column_privilege(r.role, f.relid, 'select')
where f.relkind = 'f'
group by f.relid, f.name, s.srvname
order by 2
