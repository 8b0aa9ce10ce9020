-- title: The application may set a sequence that all tenants draw from
-- level: low
-- guarantee: integrity
-- cwe: CWE-732
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P44
-- rules:
-- why: UPDATE on a sequence is setval: whoever can send SQL makes every tenant's next insert fail.
-- fix: GRANT USAGE alone.
select 'sequence' as kind, s.name as object,
       format('%s may set it by setval.', string_agg(distinct r.rolname, ', ')) as detail,
       format('REVOKE UPDATE ON SEQUENCE %s FROM %s;', s.name,
              string_agg(distinct quote_ident(r.rolname), ', ')) as fix
from relation s
join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.relid
     and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
join tenant_table t on t.relid = d.refobjid and t.relrowsecurity
join reach r on has_sequence_privilege(r.role, s.relid, 'update')
where s.relkind = 'S' and not r.rolsuper and not pg_has_role(r.role, s.relowner, 'usage')
group by s.name
order by 2
