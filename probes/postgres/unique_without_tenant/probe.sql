-- title: A unique key tells what other tenants have
-- level: medium
-- guarantee: unobservability
-- cwe: CWE-203
-- owasp: API3:2023
-- asvs: 8.4.1
-- faults: P37 P38 P39 P40
-- rules: pgrls SEC035
-- live: postgres.key_oracle
-- why: Unique keys are checked past all policies: a value that another tenant has is refused, waits,
--   or quietly does nothing, and each of them tells that it is there.
-- fix: Make the tenant part of the key, where the value need not be unique in the world.
with holders as (
    select relid, name, tenant_column, tenant_columns, false as is_child from tenant_table
    union all
    -- Its parent stands for the tenant.
    select relid, name, tenant_column, tenant_columns, true from tenant_child
),
keys as (
    select t.*, i.indexrelid, i.indkey::int2[] as columns, i.indisprimary,
           i.indexprs is not null as has_expressions
    from holders t
    join pg_index i on i.indrelid = t.relid and (i.indisunique or i.indisexclusion)
    -- A part has keys of its own besides those of the whole.
    where i.indisvalid and not exists (select from pg_inherits x where x.inhrelid = i.indexrelid)
)
select 'index' as kind, format('%I on %s', c.relname, k.name) as object,
       format('It is unique over %s, without %s.',
              coalesce((select string_agg(quote_ident(a.attname), ', ')
                        from pg_attribute a where a.attrelid = k.relid and a.attnum = any (k.columns)),
                       'an expression'), k.tenant_column) as detail
from keys k
join pg_class c on c.oid = k.indexrelid
-- Of a key of several columns a part may be another tenant's as well.
where not case when k.is_child then k.columns && k.tenant_columns
               else k.columns @> k.tenant_columns end
  and not (k.has_expressions and pg_get_indexdef(k.indexrelid) ~* ('\m' || k.tenant_column || '\M'))
  -- What nobody can guess, or what the database itself hands out, tells nothing.
  and not exists (
      select from pg_attribute a
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = k.relid and a.attnum = any (k.columns)
        and (a.atttypid = 'uuid'::regtype or a.attidentity <> ''
             or pg_get_expr(d.adbin, d.adrelid) ~* 'nextval\(|uuid|random|ulid|nanoid|cuid|snowflake'
             or a.attname ~* '(token|secret|hash|digest|uuid|guid|nonce|api_?key|signature)'
             or (k.indisprimary and a.attname ~* '^(id|pk|uid)$')))
  -- A key that leads with a parent of the same tenant is that tenant's.
  and not exists (
      select from pg_constraint f
      join holders p on p.relid = f.confrelid
      where f.contype = 'f' and f.conrelid = k.relid and f.conkey && k.columns
        and not f.conkey <@ k.tenant_columns)
order by 2
