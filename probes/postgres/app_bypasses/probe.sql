-- title: The application's role is bound by no policy
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-250
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P04 P05
-- rules: pgrls SEC016
-- live: postgres.row_security
-- why: Superusers and roles with BYPASSRLS see every row, with FORCE, too.
-- fix: ALTER ROLE ... NOSUPERUSER NOBYPASSRLS, and a role of its own for what needs more.
select 'role' as kind, quote_ident(rolname) as object,
       format('It %s%s: no policy binds it.',
              case when rolsuper then 'is a superuser' else 'has BYPASSRLS' end,
              case when is_told then '' else ' and may write tenants'' tables' end) as detail,
       format('ALTER ROLE %I %s;', rolname,
              case when rolsuper then 'NOSUPERUSER' else 'NOBYPASSRLS' end) as fix
from app_role
where rolsuper or rolbypassrls
order by 2
