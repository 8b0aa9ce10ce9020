-- title: A policy shows all rows, or a default tenant's, while no tenant is set
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-636
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P12 P13
-- rules: pgrls SEC004, pgrls SEC038, pgrls SEC039
-- live: postgres.row_security
-- why: A connection on which nobody set the tenant, a fresh one or one that a pooler reset, is the
--   one that must see nothing. IS NULL OR opens it to all; COALESCE makes it a tenant.
-- fix: tenant = nullif(current_setting('app.tenant', true), '')::uuid, which is true of no row then.
with texts as (
    -- nullif(x, '') and coalesce(x, '') ask the same as x.
    select p.*, k.tenant_column,
           regexp_replace(coalesce(p.using_text, '') || ' ' || coalesce(p.check_text, ''),
                          '(NULLIF|COALESCE)\((current_setting\([^()]*\)), ''''::text\)', '\2', 'g')
               as t
    from policy p join guarded_table k on k.relid = p.relid
    where p.polpermissive and p.is_for_app and p.relrowsecurity
      -- What is looked for has one of these; the patterns below are dear.
      and coalesce(p.using_text, '') || coalesce(p.check_text, '') ~* ' or |coalesce\('
),
judged as (
    select t.*,
           t.t ~* 'current_setting\([^()]*\)\)*(::\w+)?\)* is null\)*\s*\)* or '
               or t.t ~* ' or \(*(nullif\()?\(*current_setting\([^()]*\)[^()]*\)* is null'
               or t.t ~* 'current_setting\([^()]*\)\)*(::\w+)?\)* = ''''(::text)?\)* or '
               or t.t ~* ' or \(*current_setting\([^()]*\)[^()]*\)* = '''''
               -- A function without arguments tells of the session.
               or t.t ~* '("?\w+"?\.)?"?\w+"?\(\) is null\)* or '
               or t.t ~* ' or \(*("?\w+"?\.)?"?\w+"?\(\) is null'
               or t.t ~* '\(\w*\(?[^()]*\)? is null\) or' and t.t ~* 'current_(tenant|workspace|org)'
               as is_open,
           t.t ~* 'coalesce\(' and t.t ~* 'coalesce\(.*current_setting\([^()]*\)\)*(::\w+)?,\s*\(*''[^'']+'''
               as has_default,
           t.t ~* 'coalesce\(.*current_setting\([^()]*\)\)*(::\w+)?,\s*\(*("?\w+"?\.)*"?\w+"?\)'
               and t.t !~* 'coalesce\(.*current_setting\([^()]*\)\)*(::\w+)?,\s*\(*null'
               or t.t ~* ('coalesce\([^,]*,\s*\(*("?\w+"?\.)*' || t.tenant_column || '\)')
               as is_own_default
    from texts t
)
select 'policy' as kind, format('%I on %s', polname, name) as object,
       case when is_open then format('While the setting is unset its condition is true: %s', t)
            when has_default then format('While the setting is unset it names a tenant: %s', t)
            else format('While the setting is unset a row is compared with itself: %s', t)
       end as detail
from judged
where is_open or has_default or is_own_default
order by 2
