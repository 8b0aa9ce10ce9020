-- title: A trigger tells every listener what one tenant's rows hold
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-201
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P47
-- rules:
-- why: LISTEN asks for no privilege: each session of the database may listen to each channel.
-- fix: Send an id that means nothing to others, and let the listener read the row under its policies.
select 'function' as kind,
       format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
           as object,
       format('It is a trigger of %s and calls NOTIFY.', string_agg(distinct t.name, ', ')) as detail,
       -- A channel made of the tenant is at least no accident.
       case when p.prosrc !~* '(row_to_json|to_jsonb?|json_build_object|jsonb_build_object|new\.|old\.)'
            then 'low' end as level
from pg_trigger g
join tenant_table t on t.relid = g.tgrelid
join pg_proc p on p.oid = g.tgfoid
join pg_namespace n on n.oid = p.pronamespace
where not g.tgisinternal and p.prosrc ~* '\m(pg_notify|notify)\M'
group by n.nspname, p.proname, p.oid, p.prosrc
order by 2
