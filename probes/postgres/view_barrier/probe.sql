-- title: A view filters by tenant and lets a caller's function look before it
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-863
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P24
-- rules: pgrls VIEW002
-- live: postgres.unguarded_relations
-- why: Without security_barrier a cheap function in the caller's WHERE sees rows before the view's
--   own condition drops them, and can tell of them by NOTICE or error.
-- fix: ALTER VIEW ... SET (security_barrier = true).
select 'view' as kind, v.name as object,
       format('Its condition keeps tenants apart (%s) and it is no security_barrier.',
              string_agg(distinct t.name, ', ')) as detail,
       format('ALTER VIEW %s SET (security_barrier = true);', v.name) as fix
from relation v
join pg_rewrite w on w.ev_class = v.relid
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
     and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.relid
join tenant_table t on t.relid = d.refobjid
where v.relkind = 'v'
  and not coalesce(v.reloptions::text ~* 'security_(barrier|invoker)=(true|on|1|yes)', false)
  and pg_get_viewdef(v.relid) ~* 'current_setting|current_user|session_user'
  -- Who may read the table itself, and all of it, learns nothing new; policies are barriers.
  and (not t.relrowsecurity or v.relowner in (select role from unbound)
       or (not t.relforcerowsecurity and v.relowner = t.relowner))
  and exists (select from reach r where has_any_column_privilege(r.role, v.relid, 'select'))
  and not exists (select from reach r where not t.relrowsecurity
                  and has_table_privilege(r.role, t.relid, 'select'))
group by v.name
order by 2
