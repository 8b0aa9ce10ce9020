-- The other state of the switch: without the policies the database shows everything to the
-- application's role, so that whatever isolates now is the application's own filter.
do $$
declare
    workspaces int;
begin
    set local role dittofeed_app;
    perform set_config('app.current_workspace_id', '', true);
    select count(distinct "workspaceId") into workspaces from "Segment";
    if workspaces < 2 then
        raise exception 'row-level security still hides segments';
    end if;
end $$;
