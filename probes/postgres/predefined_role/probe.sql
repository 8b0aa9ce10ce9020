-- title: The application's role has a predefined role that reaches beyond its tenants
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-250
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P45 P64 P43
-- rules:
-- why: pg_read_all_stats shows other sessions' statements, with what they look for;
--   pg_read_server_files and pg_execute_server_program are as good as superuser.
-- fix: REVOKE it from the application's role.
select 'role' as kind, quote_ident(a.rolname) as object,
       format('It is a member of %s.', string_agg(r.rolname, ', ' order by r.rolname)) as detail,
       case when bool_or(r.rolname in ('pg_read_server_files', 'pg_write_server_files',
                                       'pg_execute_server_program')) then 'high' end as level
from app_role a
join pg_roles r on r.rolname in (
    'pg_read_all_stats', 'pg_monitor', 'pg_read_all_data', 'pg_write_all_data',
    'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program',
    'pg_stat_scan_tables', 'pg_signal_backend', 'pg_create_subscription')
where not a.rolsuper and pg_has_role(a.role, r.oid, 'member')
group by a.rolname
order by 2
