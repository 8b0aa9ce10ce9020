-- title: The application may tie keys or triggers to a table of all tenants
-- level: low
-- guarantee: unobservability
-- cwe: CWE-732
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P36
-- rules:
-- why: Foreign keys are checked past the policies, so that a table of one's own with a reference
--   tells which keys exist; a trigger runs with whatever other tenants write.
-- fix: REVOKE REFERENCES, TRIGGER.
select 'table' as kind, t.name as object,
       format('%s has %s on it.', string_agg(distinct r.rolname, ', '),
              string_agg(distinct v.verb, ', ')) as detail,
       format('REVOKE REFERENCES, TRIGGER ON %s FROM %s;', t.name,
              string_agg(distinct quote_ident(r.rolname), ', ')) as fix
from tenant_table t
cross join (values ('REFERENCES'), ('TRIGGER')) as v (verb)
join reach r on has_table_privilege(r.role, t.relid, v.verb)
where t.relrowsecurity and not r.rolsuper and not pg_has_role(r.role, t.relowner, 'usage')
group by t.name
order by 2
