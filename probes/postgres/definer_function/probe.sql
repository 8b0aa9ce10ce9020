-- title: A SECURITY DEFINER function reads tenants' tables as a role that no policy binds
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-863
-- owasp: API5:2023
-- asvs: 8.4.1
-- faults: P26
-- rules: splinter 0028, splinter 0029, pgrls SEC014, pgrls SEC042
-- live: postgres.definer_functions
-- why: It runs as its owner. Where that is a superuser, has BYPASSRLS or owns a table without FORCE,
--   the function is the only guard, and whoever may call it passes what arguments they like.
-- fix: SECURITY INVOKER; or an owner whom the policies bind; or a condition on the session's tenant
--   inside, and EXECUTE for those alone who need it.
with asking as (
    -- What tells the session's tenant, by whatever name.
    select distinct lower(p.proname) as proname from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname not in ('pg_catalog', 'information_schema')
      and coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) ~* 'current_setting|session_user'
),
texts as (
    select p.oid, p.proname, n.nspname, p.proowner, o.rolname as owner, p.prorettype,
           lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)) as text
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    join pg_roles o on o.oid = p.proowner
    join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
    where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                      and d.objid = p.oid and d.deptype = 'e')
),
body as (
    select t.*, t.text ~ 'current_setting|session_user'
                or exists (select from asking a where position(a.proname || '(' in t.text) > 0)
                as asks,
           exists (select from pg_depend d where d.classid = 'pg_policy'::regclass
                   and d.refclassid = 'pg_proc'::regclass and d.refobjid = t.oid) as is_policys
    from texts t
)
select 'function' as kind,
       format('%I.%I(%s)', b.nspname, b.proname, pg_get_function_identity_arguments(b.oid))
           as object,
       format('It runs as %s, whom the policies of %s do not bind%s.', b.owner,
              string_agg(distinct t.name, ', '),
              case when b.asks
                   then '; it asks for the session''s tenant, which may keep tenants apart'
                   else '' end) as detail,
       -- Policies that ask such a function do not go round in circles.
       case when b.asks and b.is_policys then 'low' when b.asks then 'medium' end as level
from body b
join relation t on t.relkind in ('r', 'p') and t.relrowsecurity
     and position(lower(t.relname) in b.text) > 0
     and b.text ~ ('(^|[^\w])' || regexp_replace(lower(t.relname), '([^\w])', '\\\1', 'g')
                   || '([^\w]|$)')
where (b.proowner in (select role from unbound)
       or (not t.relforcerowsecurity and pg_has_role(b.proowner, t.relowner, 'usage')))
  and (not exists (select from app_role)
       or exists (select from reach r where has_function_privilege(r.role, b.oid, 'execute')))
group by b.oid, b.nspname, b.proname, b.owner, b.asks, b.is_policys
order by 2
