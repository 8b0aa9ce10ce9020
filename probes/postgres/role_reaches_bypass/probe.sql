-- title: The application's role can become one that no policy binds
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-269
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P04 P05 P18
-- rules: pgrls SEC029
-- live: postgres.policy_escape
-- why: SET ROLE needs no password. Whoever can make the application send SQL of theirs becomes what
--   it is a member of.
-- fix: REVOKE the membership; let what needs it connect as that role.
select 'role' as kind, quote_ident(app_name) as object,
       format('By SET ROLE it becomes %s, which %s.', quote_ident(rolname),
              case when rolsuper then 'is a superuser' else 'has BYPASSRLS' end) as detail,
       format('REVOKE %I FROM %I;', rolname, app_name) as fix
from reach
where not is_self and (rolsuper or rolbypassrls)
order by 2, 3
