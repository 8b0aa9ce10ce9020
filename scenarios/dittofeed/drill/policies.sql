-- As the application's role, with no filter in the statement: each workspace is shown its own
-- segments and no others, nobody is shown any, and a row for another workspace is refused. On every
-- table with a workspace the policies are on and bind its owner.
do $$
declare
    one uuid;
    other uuid;
    shown uuid[];
    unguarded text;
begin
    select string_agg(k.relname, ', ') into unguarded
    from pg_class k
    join pg_attribute a on a.attrelid = k.oid and a.attname = 'workspaceId' and not a.attisdropped
    where k.relnamespace = 'public'::regnamespace and k.relkind = 'r'
        and not (
            k.relrowsecurity and k.relforcerowsecurity
            and exists (select from pg_policy p where p.polrelid = k.oid)
        );
    if unguarded is not null then
        raise exception 'no row-level security on %', unguarded;
    end if;

    select min("workspaceId"::text)::uuid, max("workspaceId"::text)::uuid into one, other
    from "Segment";
    if one is null or one = other then
        raise exception 'it takes segments of two workspaces to see anything';
    end if;
    set local role dittofeed_app;

    perform set_config('app.current_workspace_id', one::text, true);
    select array_agg(distinct "workspaceId") into shown from "Segment";
    if shown is distinct from array[one] then
        raise exception 'with the context of % the segments of % are shown', one, shown;
    end if;
    begin
        insert into "Segment" (id, "workspaceId", name) values (gen_random_uuid(), other, 'Foreign');
        raise exception 'a segment for another workspace was taken';
    exception when insufficient_privilege then
        null;
    end;
    perform set_config('app.current_workspace_id', '', true);
    select array_agg(distinct "workspaceId") into shown from "Segment";
    if shown is not null then
        raise exception 'without a context the segments of % are shown', shown;
    end if;
end $$;
