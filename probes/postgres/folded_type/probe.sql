-- title: The tenant's column has a type that takes several tenants for one
-- level: medium
-- guarantee: confidentiality
-- cwe: CWE-178
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P53 K04
-- rules:
-- live: postgres.row_security
-- why: char(n) ignores blanks at the end and cuts, citext and some collations ignore case: what
--   another layer takes for two tenants is one here.
-- fix: uuid, integer, or text with the collation "C".
select 'table' as kind, t.name as object,
       format('%s is %s: %s', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
              case when y.typname = 'bpchar' then 'blanks at the end do not count.'
                   when y.typname = 'citext' then 'case does not count.'
                   else format('its collation %s is not deterministic.', c.collname) end) as detail
from tenant_table t
join pg_attribute a on a.attrelid = t.relid and a.attnum = any (t.tenant_columns)
join pg_type y on y.oid = a.atttypid
left join pg_collation c on c.oid = a.attcollation
where not t.relispartition
  and (y.typname in ('bpchar', 'citext') or not coalesce(c.collisdeterministic, true))
order by 2
