-- title: The application may create objects in a schema that others look into
-- level: low
-- guarantee: integrity
-- cwe: CWE-426
-- owasp: API8:2023
-- asvs: 8.4.1
-- faults: P27
-- rules:
-- why: An object of one's own, named like one that a trusted function or another role means, is used
--   in its place (CVE-2018-1058).
-- fix: REVOKE CREATE ON SCHEMA ... FROM PUBLIC.
select 'schema' as kind, quote_ident(n.nspname) as object,
       format('%s may create objects in it.',
              case when exists (select from aclexplode(n.nspacl) a
                                where a.grantee = 0 and a.privilege_type = 'CREATE')
                   then 'PUBLIC' else string_agg(distinct r.rolname, ', ') end) as detail,
       format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC;', n.nspname) as fix
from pg_namespace n
join reach r on has_schema_privilege(r.role, n.oid, 'create')
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not r.rolsuper
  and not pg_has_role(r.role, n.nspowner, 'usage')
  and exists (select from relation x where x.relnamespace = n.oid)
group by n.oid, n.nspname, n.nspacl
order by 2
