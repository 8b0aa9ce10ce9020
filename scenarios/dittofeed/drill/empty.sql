delete from "Segment"
where "workspaceId" in (select id from "Workspace" where slug like 'watertight-filler-%');
delete from "Workspace" where slug like 'watertight-filler-%';
