-- title: A policy matches the tenant by a pattern, a part or a folded text
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-187
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P52 P53
-- rules: pgrls SEC026
-- live: postgres.row_security
-- why: LIKE lets a tenant called % see all and t1 see t10; folding case, trimming or padding makes
--   one tenant of two.
-- fix: Compare whole identifiers by =, of type uuid or integer.
with columns as (
    select p.polid, p.polname, p.name, p.relid, quote_ident(a.attname) as col,
           regexp_replace(quote_ident(a.attname), '([^\w])', '\\\1', 'g') as re,
           coalesce(p.using_text, '') || ' ' || coalesce(p.check_text, '') as t
    from policy p
    join tenant_table k on k.relid = p.relid
    join pg_attribute a on a.attrelid = p.relid and a.attnum = any (k.tenant_columns)
    where p.is_for_app and p.relrowsecurity
)
select 'policy' as kind, format('%I on %s', polname, name) as object,
       case when t ~* ('\(*' || re || '\)*(::\w+)*\)* (!?~~?\*?|like|ilike|similar to) ')
                 or t ~* ('(~~\*?|~\*?) \(*' || re || '\M')
                 or t ~* ('starts_with\(|position\(|strpos\(')
            then format('It matches %s by a pattern: %s', col, t)
            when t ~* ('(left|right|substring|substr|split_part)\(\(*' || re || '\M')
                 or t ~* ('\(*' || re || '\)*::(character varying|varchar|character|bpchar)\(\d+\)')
            then format('It compares a part of %s: %s', col, t)
            else format('It folds %s, so that several tenants are one: %s', col, t) end as detail
from columns
where t ~* ('\(*' || re || '\)*(::\w+)*\)* (!?~~?\*?|like|ilike|similar to) ')
   or t ~* ('(~~\*?|~\*?) \(*' || re || '\M')
   or (t ~* 'starts_with\(|position\(|strpos\(' and t ~* re)
   or t ~* ('(left|right|substring|substr|split_part)\(\(*' || re || '\M')
   or t ~* ('\(*' || re || '\)*::(character varying|varchar|character|bpchar)\(\d+\)')
   or t ~* ('(lower|upper|initcap|btrim|ltrim|rtrim|trim|regexp_replace|replace|translate|md5|'
            'hashtext|left)\(([^()]* from )?\(*' || re || '\M')
order by 2
