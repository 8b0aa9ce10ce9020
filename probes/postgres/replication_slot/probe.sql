-- title: A logical slot hands out every tenant's changes
-- level: low
-- guarantee: confidentiality
-- cwe: CWE-359
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P50
-- rules: pgrls SEC051
-- why: A slot keeps all changes for whoever has REPLICATION, and keeps the server's log while nobody
--   reads it.
-- fix: Drop slots that nobody reads; no REPLICATION for the application's role.
select 'slot' as kind, quote_ident(s.slot_name) as object,
       format('Plug-in %s%s.', s.plugin, case when s.active then '' else ', read by nobody now' end)
           as detail
from pg_replication_slots s
where s.slot_type = 'logical' and s.database = current_database()
order by 2
