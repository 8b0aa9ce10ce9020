-- title: The application's role may switch row-level security off
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-269
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P06
-- rules: pgrls SEC048
-- live: postgres.policy_escape
-- why: FORCE binds the owner to the policies, and the owner may drop them: one injected ALTER TABLE
--   opens every row.
-- fix: Let a role own the tables that the application is no member of.
select 'role' as kind, quote_ident(r.app_name) as object,
       format('It %s %s tables under row-level security (%s) and may disable it.',
              case when bool_or(r.is_self) then 'owns'
                   else format('is a member of %s, the owner of', min(r.rolname)) end,
              count(*), min(t.name) || case when count(*) > 1 then ', ...' else '' end) as detail
from relation t
join reach r on r.role = t.relowner and not r.rolsuper
where t.relkind in ('r', 'p') and t.relrowsecurity and not t.relispartition
group by r.app, r.app_name
order by 2
