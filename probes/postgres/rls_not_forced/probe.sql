-- title: The application's role owns the table, and its policies do not bind owners
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-863
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P03
-- rules: pgrls SEC002, pgrls SEC048
-- live: postgres.row_security
-- why: Policies skip the owner, and members of the owner's role, unless FORCE is set; many
--   applications connect as the role that made the tables.
-- fix: ALTER TABLE ... FORCE ROW LEVEL SECURITY, and let the application connect as a role that
--   does not own it.
select 'table' as kind, t.name as object,
       format('%s %s, and row-level security is not forced: it sees every row.', r.app_name,
              case when r.is_self then 'owns it'
                   when r.is_inherited then format('inherits its owner %s', r.rolname)
                   else format('may become its owner %s by SET ROLE', r.rolname) end) as detail,
       format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', t.name) as fix,
       case when not r.is_inherited then 'medium' end as level
from relation t
join reach r on r.role = t.relowner and not r.rolsuper and not r.rolbypassrls
where t.relkind in ('r', 'p') and t.relrowsecurity and not t.relforcerowsecurity
  and exists (select from pg_policy p where p.polrelid = t.relid)
order by 2
