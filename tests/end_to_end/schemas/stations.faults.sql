-- round: what is shown
-- lints: postgres.partition_access net.samples_old
-- finds: postgres.unguarded_relations postgres net.samples_old
-- finds: postgres.row_security postgres net.alarms
-- finds: postgres.row_ownership postgres net.stations
grant select on net.samples_old to net_all;
alter policy own on net.alarms using (region = (select w.region from net.workspaces w limit 1));
create function net.misfile() returns trigger language plpgsql as $$ begin
    new.workspace := (select min(w.no) from net.workspaces w); return new; end $$;
create trigger misfile before insert on net.stations for each row when (new.code = 's9')
    execute function net.misfile();
create function net.also() returns trigger language plpgsql as $$ begin
    insert into net.stations values (new.region, new.no, 's9', 'late ' || new.label)
        on conflict do nothing; return null; end $$;
create trigger also after insert on net.workspaces for each row when (new.no > 1)
    execute function net.also();
-- round: what is written
-- lints: postgres.always_true clearing on net.alarms
-- lints: postgres.always_true looking on net.alarms
-- lints: postgres.truncate_privilege net.samples
-- finds: postgres.cross_writes postgres net.stations INSERT
-- finds: postgres.cross_writes postgres net.alarms DELETE
-- finds: postgres.cross_writes postgres net.samples TRUNCATE
drop policy own on net.stations;
create policy own on net.stations using (exists (select from net.workspaces w where w.region =
    stations.region and w.no = stations.workspace and w.role_name = current_user))
    with check (exists (select from net.workspaces w where w.region = stations.region));
create policy clearing on net.alarms for delete using (true);
create policy looking on net.alarms for select using (true);
grant truncate on net.samples to net_all;
