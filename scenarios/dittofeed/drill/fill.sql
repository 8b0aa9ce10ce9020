-- Two hundred thousand segments of a hundred workspaces that are nobody's, so that it matters how a
-- workspace's own are found.
insert into "Workspace" (id, name, slug)
select gen_random_uuid(), 'Filler ' || n, 'watertight-filler-' || n from generate_series(1, 100) n;

insert into "Segment" (id, "workspaceId", name, status)
select gen_random_uuid(), w.id, 'Filler', (array['active', 'paused', 'archived'])[1 + n % 3]
from "Workspace" w, generate_series(1, 2000) n
where w.slug like 'watertight-filler-%';

analyze "Segment";
