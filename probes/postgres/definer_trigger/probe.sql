-- title: A trigger copies tenants' rows into a table that nothing guards
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-668
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P28 Q6
-- rules: pgrls SEC013
-- live: postgres.unguarded_relations
-- why: Audit and outbox tables are filled behind the application's back and forgotten when policies
--   are written: what is hidden in one table is open in the copy.
-- fix: Row-level security on the copy, or no privileges of the application's role on it.
with copying as (
    select distinct p.oid, n.nspname, p.proname, s.relid as source, s.name as source_name,
           lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)) as text
    from pg_trigger g
    join guarded_table s on s.relid = g.tgrelid and s.relrowsecurity
    join pg_proc p on p.oid = g.tgfoid
    join pg_namespace n on n.oid = p.pronamespace
    join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
    where not g.tgisinternal
)
select 'table' as kind, t.name as object,
       format('%s writes what happens to %s into it, it has no row-level security, and the '
              'application may read it.', string_agg(distinct format('%I.%I', c.nspname, c.proname), ', '),
              string_agg(distinct c.source_name, ', ')) as detail,
       format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; '
              'ALTER TABLE %1$s FORCE ROW LEVEL SECURITY;', t.name) as fix
from copying c
join relation t on t.relkind in ('r', 'p') and not t.relrowsecurity and t.relid <> c.source
     and position(lower(t.relname) in c.text) > 0
     and c.text ~ ('insert\s+into\s+("?\w+"?\.)?"?' ||
                   regexp_replace(lower(t.relname), '([^\w])', '\\\1', 'g') || '"?\M')
where exists (select from reach r where has_any_column_privilege(r.role, t.relid, 'select'))
group by t.name
order by 2
