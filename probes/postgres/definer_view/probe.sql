-- title: A view shows every tenant's rows, because its owner is bound by no policy
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-863
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P21 P23 P24
-- rules: splinter 0010, pgrls VIEW001
-- live: postgres.unguarded_relations
-- why: A view reads as its owner unless it is a security_invoker. A superuser, a role with
--   BYPASSRLS and the owner of a table without FORCE see all rows, and so does who asks the view.
-- fix: ALTER VIEW ... SET (security_invoker = true), or let a role own it whom the policies bind.
with view_use as (
    -- What each view reads, through views in it whose owner does the reading.
    select v.relid as top, v.relowner as reader, d.refobjid as relid
    from relation v
    join pg_rewrite w on w.ev_class = v.relid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.relid
    where v.relkind = 'v' and not coalesce(v.reloptions::text ~* 'security_invoker=(true|on|1|yes)', false)
    union
    select u.top,
           case when i.reloptions::text ~* 'security_invoker=(true|on|1|yes)' then u.reader
                else i.relowner end,
           d.refobjid
    from view_use u
    join relation i on i.relid = u.relid and i.relkind = 'v'
    join pg_rewrite w on w.ev_class = i.relid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_class'::regclass and d.refobjid <> i.relid
)
select 'view' as kind, v.name as object,
       format('It reads %s as %s, whom no policy binds%s.',
              string_agg(distinct t.name, ', '), min(o.rolname),
              case when pg_get_viewdef(v.relid) ~* 'current_setting|current_user|session_user|\(\)'
                   then '; a condition of its own may still keep tenants apart' else '' end) as detail,
       format('ALTER VIEW %s SET (security_invoker = true);', v.name) as fix,
       case when pg_get_viewdef(v.relid) ~* 'current_setting|current_user|session_user'
            then 'medium' end as level
from view_use u
join relation v on v.relid = u.top
join relation t on t.relid = u.relid and t.relkind in ('r', 'p') and t.relrowsecurity
join pg_roles o on o.oid = u.reader
where (u.reader in (select role from unbound)
       or (not t.relforcerowsecurity and pg_has_role(u.reader, t.relowner, 'usage')))
  and (not exists (select from app_role)
       or exists (select from reach r where has_any_column_privilege(r.role, v.relid, 'select')))
group by v.relid, v.name
order by 2
