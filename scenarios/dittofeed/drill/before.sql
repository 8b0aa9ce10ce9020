do $$
begin
    if exists (select from pg_policies where schemaname = 'public')
        or exists (
            select from pg_class
            where relnamespace = 'public'::regnamespace and (relrowsecurity or relforcerowsecurity)
        )
    then
        raise exception 'row-level security is still on somewhere';
    end if;
    if exists (
        select from pg_indexes where schemaname = 'public' and indexname like 'idx_%workspace%'
    ) then
        raise exception 'an index of 0009 is still there';
    end if;
end $$;

select watertight_drill.note('before the migrations');
