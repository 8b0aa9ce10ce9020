-- round: what keys tell
-- lints: postgres.unique_without_tenant devices on fleet.pings_2026
-- lints: postgres.foreign_key_without_tenant depot_fk on fleet.bays
-- lints: postgres.unique_without_tenant codes on fleet.depots
-- lints: postgres.foreign_key_without_tenant by_number on fleet.bays
-- finds: postgres.key_oracle postgres fleet.pings
-- finds: postgres.key_oracle postgres fleet.bays
-- finds: postgres.key_oracle postgres fleet.depots
-- finds: postgres.unguarded_relations postgres fleet.depots_old
-- finds: postgres.unguarded_relations postgres fleet.pings_rest
create unique index devices on fleet.pings_2026 (device);
create unique index codes on fleet.depots (maker, code);
alter table fleet.bays add maker text, add code text, add constraint depot_fk foreign key (maker, code) references fleet.depots (maker, code);
create unique index ids on fleet.depots (id);
alter table fleet.bays drop constraint bays_company_id_depot_id_fkey, add constraint by_number foreign key (depot_id) references fleet.depots (id) on delete cascade;
create table fleet.depots_old () inherits (fleet.depots); grant select on fleet.depots_old to fleet_app;
create function fleet.old() returns trigger language plpgsql as $$ begin
    insert into fleet.depots_old (company_id, maker, code, text, id) overriding system value values (new.company_id, new.maker, new.code, new.text, new.id + 1000000); return null; end $$;
create trigger old after insert on fleet.depots for each row when (session_user <> 'fleet_app') execute function fleet.old();
create or replace function fleet.early() returns trigger language plpgsql as $$ begin
    insert into fleet.pings values (new.company_id, new.vehicle_id, '2019-01-01', 'early ' || new.device); return null; end $$;
create trigger early after insert on fleet.pings for each row when (new.at > '2025-01-01' and session_user <> 'fleet_app') execute function fleet.early();
grant select on fleet.pings_rest to fleet_app;
-- round: what is shown and given away
-- lints: postgres.open_branch own on fleet.depots
-- lints: postgres.definer_trigger fleet.latest
-- lints: postgres.partition_access fleet.vehicles_0
-- finds: postgres.row_security postgres fleet.trips
-- finds: postgres.unguarded_relations postgres fleet.latest
-- finds: postgres.unguarded_relations postgres fleet.vehicles_
alter policy own on fleet.trips using (company_id % 2 = nullif(current_setting('fleet.company', true), '')::bigint % 2);
alter policy own on fleet.depots using (company_id = nullif(current_setting('fleet.company', true), '')::bigint or current_setting('fleet.support', true) = 'on');
create table fleet.latest (region text primary key, goal text); grant select on fleet.latest to fleet_app;
create function fleet.latest() returns trigger language plpgsql security definer set search_path = fleet, pg_temp as $$ begin
    insert into latest values ('north', new.goal) on conflict (region) do update set goal = excluded.goal; return new; end $$;
create trigger latest after insert on fleet.trips for each row execute function fleet.latest();
grant select on fleet.vehicles_0, fleet.vehicles_1, fleet.vehicles_2, fleet.vehicles_3 to fleet_app;
