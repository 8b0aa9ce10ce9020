-- title: Tables made later are open to all before they have a policy
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-276
-- owasp: API8:2023
-- asvs: 8.4.1
-- faults: P32
-- rules: pgrls SEC044
-- live: postgres.row_security
-- why: Default privileges grant as the table is made, and its policies come in a later statement, or
--   never.
-- fix: ALTER DEFAULT PRIVILEGES ... REVOKE, and grant in the migration that writes the policies.
select 'default privilege' as kind,
       coalesce(n.nspname || '.*', '*') || ' of ' || quote_ident(d.defaclrole::regrole::text)
           as object,
       format('%s will have %s on %s made later.',
              case when a.grantee = 0 then 'PUBLIC' else quote_ident(a.grantee::regrole::text) end,
              string_agg(a.privilege_type, ', ' order by a.privilege_type),
              case d.defaclobjtype when 'r' then 'tables' else 'functions' end) as detail,
       case when a.grantee <> 0 and not bool_or(a.privilege_type in ('TRUNCATE'))
            then 'low' end as level
from pg_default_acl d
left join pg_namespace n on n.oid = d.defaclnamespace
cross join lateral aclexplode(d.defaclacl) as a
where d.defaclobjtype = 'r' and a.grantee <> d.defaclrole
  and (a.grantee = 0 or a.grantee in (select role from reach)) and ((select yes from uses_rls) or exists (select from tenant_schema))
group by n.nspname, d.defaclrole, a.grantee, d.defaclobjtype
order by 2, 3
