-- Workspaces known by a region and a number, a role of the database for each; policies ask who
-- current_user is.
create schema net authorization net_owner; grant usage on schema net to net_all;
set role net_owner; set search_path = net;
create table workspaces (region text, no integer, role_name name unique not null, label text,
    primary key (region, no));
create table stations (region text not null, workspace integer not null, code text not null, label text,
    primary key (region, workspace, code),
    foreign key (region, workspace) references workspaces (region, no));
create table samples (region text not null, workspace integer not null, station text not null,
    at timestamptz not null, remark text, primary key (region, workspace, station, at),
    foreign key (region, workspace, station) references stations (region, workspace, code)
    on delete cascade) partition by range (at);
create table samples_old partition of samples for values from ('2000-01-01') to ('2026-01-01');
create table samples_new partition of samples for values from ('2026-01-01') to ('2100-01-01');
create table alarms (id bigint generated always as identity primary key, region text not null,
    workspace integer not null, station text not null, text text,
    foreign key (region, workspace, station) references stations (region, workspace, code)
    on delete cascade);
create index on alarms (region, workspace, station);
do $$ declare t text; begin
    foreach t in array array['workspaces', 'stations', 'samples', 'alarms'] loop
        execute format('alter table %1$I enable row level security;
            alter table %1$I force row level security;', t);
    end loop;
end $$;
create policy self on workspaces using (role_name = current_user);
create policy own on stations using (exists (select from workspaces w where w.region = stations.region
    and w.no = stations.workspace and w.role_name = current_user));
create policy own on samples using (exists (select from workspaces w where w.region = samples.region
    and w.no = samples.workspace and w.role_name = current_user));
create policy own on alarms using (exists (select from workspaces w where w.region = alarms.region
    and w.no = alarms.workspace and w.role_name = current_user));
grant select on workspaces to net_all;
grant select, insert, update, delete on stations, samples, alarms to net_all;
reset role;
create function net.open_workspace(slug text, word text, out region text, out no integer, out dbrole text)
language plpgsql as $$
begin
    region := 'north'; dbrole := 'net_' || replace(slug, '-', '_');
    select coalesce(max(w.no), 0) + 1 into no from net.workspaces w;
    execute format('create role %I; grant net_all to %1$I; grant %1$I to net_pool', dbrole);
    insert into net.workspaces values (region, no, dbrole, word);
    for i in 1..3 loop
        insert into net.stations values (region, no, 's' || i, 'station ' || word);
        insert into net.samples values (region, no, 's' || i, now(), 'sample ' || word);
        insert into net.samples values (region, no, 's' || i, '2020-01-01', 'old ' || word);
        insert into net.alarms (region, workspace, station, text) values (region, no, 's' || i, 'alarm ' || word);
    end loop;
end $$;
create function net.close_workspace(of text) returns void language plpgsql as $$
begin
    delete from net.stations s using net.workspaces w
        where w.role_name = of and w.region = s.region and w.no = s.workspace;
    delete from net.workspaces where role_name = of;
    execute format('drop role if exists %I', of);
end $$;
revoke execute on function net.open_workspace, net.close_workspace from public;
