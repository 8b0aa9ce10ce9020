create index if not exists idx_segment_workspace_status_updated
    on "Segment" ("workspaceId", status, "updatedAt");

-- That it is there is not enough: it must be what a workspace's list is read by.
do $$
declare
    plan text;
begin
    analyze "Segment";
    execute format(
        'explain (format json) select count(*) from "Segment" '
        'where "workspaceId" = %L and status = ''active''',
        (select id from "Workspace" order by "createdAt" limit 1)
    ) into plan;
    if (select count(*) from "Segment") > 50000
        and position('idx_segment_workspace_status_updated' in plan) = 0
    then
        raise exception 'the index is not used: %', plan;
    end if;
end $$;
