-- title: Everybody who can connect has privileges on a tenants' table
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-732
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P59 P32
-- rules: pgrls SEC003
-- why: PUBLIC is every role, of this and of later applications, too.
-- fix: REVOKE ... FROM PUBLIC, and grant it to the roles that need it.
select 'table' as kind, t.name as object,
       format('PUBLIC may %s.', string_agg(a.privilege_type, ', ' order by a.privilege_type))
           as detail,
       format('REVOKE ALL ON %s FROM PUBLIC;', t.name) as fix
from tenant_relation t
join pg_class c on c.oid = t.relid
cross join lateral aclexplode(c.relacl) as a
where a.grantee = 0
group by t.name
order by 2
