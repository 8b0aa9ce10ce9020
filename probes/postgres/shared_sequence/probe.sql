-- title: Numbers that all tenants draw from one sequence tell how much the others do
-- level: info
-- guarantee: unobservability
-- cwe: CWE-340
-- owasp: API3:2023
-- asvs: 8.4.1
-- faults: P44
-- rules:
-- why: Two numbers that one tenant is given, with a gap between them, count what the others made
--   meanwhile; the next numbers can be guessed.
-- fix: uuid as what clients see, or a counter a tenant.
select 'table' as kind, t.name as object,
       format('%s comes from %s, which all tenants share.',
              string_agg(quote_ident(a.attname), ', '), min(s.name)) as detail
from tenant_table t
join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.relid
     and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
join relation s on s.relid = d.objid and s.relkind = 'S'
join pg_attribute a on a.attrelid = t.relid and a.attnum = d.refobjsubid
where not t.relispartition
group by t.name
order by 2
