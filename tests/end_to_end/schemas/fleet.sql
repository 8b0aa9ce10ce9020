-- Keys of company and number, distributed by hash; times in parts by month; what is bought from a
-- catalogue that all share.
create schema fleet authorization fleet_owner; grant usage on schema fleet to fleet_app;
set role fleet_owner; set search_path = fleet;
create table models (maker text, model text, title text, primary key (maker, model));
insert into models values ('acme', 'one', 'Acme One');
create table companies (company_id bigserial primary key, name text unique not null);
create table vehicles (company_id bigint not null references companies, id bigint generated always as identity, plate text not null, region text not null default 'north',
    maker text, model text, primary key (company_id, id), unique (company_id, plate), foreign key (maker, model) references models) partition by hash (company_id);
create table trips (company_id bigint not null, vehicle_id bigint not null, id bigint generated always as identity, goal text,
    primary key (company_id, id), foreign key (company_id, vehicle_id) references vehicles (company_id, id) on delete cascade) partition by hash (company_id);
do $$ begin for i in 0..3 loop
    execute format('create table vehicles_%s partition of vehicles for values with (modulus 4, remainder %1$s)', i);
    execute format('create table trips_%s partition of trips for values with (modulus 4, remainder %1$s)', i);
end loop; end $$;
create table depots (company_id bigint not null references companies, id bigint generated always as identity, maker text, code text not null, text text,
    primary key (company_id, id), unique (company_id, maker, code));
create table bays (company_id bigint not null references companies, id bigint generated always as identity, depot_id bigint not null, text text, primary key (company_id, id),
    foreign key (company_id, depot_id) references depots (company_id, id));
create table pings (company_id bigint not null, vehicle_id bigint not null, at timestamptz not null, device text not null, primary key (company_id, vehicle_id, at),
    foreign key (company_id, vehicle_id) references vehicles (company_id, id) on delete cascade) partition by range (at);
create table pings_2025 partition of pings for values from ('2025-01-01') to ('2026-01-01');
create table pings_2026 partition of pings for values from ('2026-01-01') to ('2028-01-01');
create table pings_rest partition of pings default;
do $$ declare t text; begin
    foreach t in array array['vehicles', 'trips', 'depots', 'bays', 'pings'] loop
        execute format('alter table %1$I enable row level security; alter table %1$I force row level security;
            create policy own on %1$I using (company_id = nullif(current_setting(''fleet.company'', true), '''')::bigint);
            grant select, insert, update, delete on %1$I to fleet_app', t);
    end loop;
end $$;
create view trip_list with (security_invoker) as select v.plate, t.goal from vehicles v join trips t using (company_id);
grant select on trip_list, models to fleet_app; grant select (company_id) on companies to fleet_app;
reset role;
create function fleet.open_company(slug text, word text, out company_id bigint) language plpgsql as $$
declare vehicle bigint; depot bigint;
begin
    insert into fleet.companies (name) values (slug) returning companies.company_id into company_id;
    for i in 1..3 loop
        insert into fleet.vehicles (company_id, plate, maker, model) values (company_id, i || ' plate ' || word, 'acme', 'one') returning id into vehicle;
        insert into fleet.trips (company_id, vehicle_id, goal) values (company_id, vehicle, 'trip ' || word);
        insert into fleet.depots (company_id, maker, code, text) values (company_id, 'acme', i || ' code ' || word, 'depot ' || word) returning id into depot;
        insert into fleet.bays (company_id, depot_id, text) values (company_id, depot, 'bay ' || word);
        insert into fleet.pings values (company_id, vehicle, '2026-03-01'::date + company_id::integer, i || ' device ' || word);
    end loop;
end $$;
create function fleet.close_company(of bigint) returns void language plpgsql as $$ declare t text; begin
    foreach t in array array['pings', 'bays', 'depots', 'trips', 'vehicles', 'companies'] loop
        execute format('delete from fleet.%I where company_id = $1', t) using of;
    end loop; end $$;
revoke execute on function fleet.open_company, fleet.close_company from public;
