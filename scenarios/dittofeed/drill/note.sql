-- What the catalogue says of the system's own tables, by names alone, so that two states can be
-- compared line by line.
drop schema if exists watertight_drill cascade;
create schema watertight_drill;

create view watertight_drill.catalogue as
select 'column' as kind, c.table_name || '.' || c.column_name as object,
       concat_ws(' ', c.data_type, c.is_nullable, c.column_default) as definition
from information_schema.columns c
where c.table_schema = 'public'
union all
select 'index', i.indexname, i.indexdef from pg_indexes i where i.schemaname = 'public'
union all
select 'policy', p.tablename || '.' || p.policyname,
       concat_ws(' ', p.permissive, p.roles, p.cmd, p.qual, p.with_check)
from pg_policies p where p.schemaname = 'public'
union all
select 'table', k.relname,
       concat_ws(' ', k.relowner::regrole, k.relrowsecurity, k.relforcerowsecurity, k.relacl)
from pg_class k
where k.relnamespace = 'public'::regnamespace and k.relkind = 'r'
union all
select 'constraint', conrelid::regclass || '.' || n.conname, pg_get_constraintdef(n.oid)
from pg_constraint n
where n.connamespace = 'public'::regnamespace and conrelid <> 0;

create table watertight_drill.noted (state text, kind text, object text, definition text);

create function watertight_drill.note(which text) returns void language sql as $$
    insert into watertight_drill.noted select which, c.* from watertight_drill.catalogue c
$$;

create function watertight_drill.must_be(which text) returns void language plpgsql as $$
declare
    differences text;
begin
    select string_agg(d.sign || ' ' || d.kind || ' ' || d.object || ': ' || d.definition, e'\n')
    into differences
    from (
        select '-' as sign, was.* from (
            select kind, object, definition from watertight_drill.noted where state = which
            except select * from watertight_drill.catalogue
        ) was
        union all
        select '+', now.* from (
            select * from watertight_drill.catalogue
            except select kind, object, definition from watertight_drill.noted where state = which
        ) now
    ) d;
    if differences is not null then
        raise exception e'the catalogue is not that of "%":\n%', which, differences;
    end if;
    if not exists (select from watertight_drill.noted where state = which) then
        raise exception 'nothing was noted for "%"', which;
    end if;
end $$;

select watertight_drill.note('both migrations');
