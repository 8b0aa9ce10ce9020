-- case: integer keys, quoted names in mixed case, several schemas
-- expect: postgres.rls_off "Billing"."Invoice Lines"
create schema "Core"; create schema "Billing"; grant usage on schema "Core", "Billing" to shop_app;
create table "Core"."Organizations" ("Id" serial primary key, "Name" text);
create table "Core"."Users" ("Id" serial primary key,
    "OrganizationId" integer not null references "Core"."Organizations" ("Id"),
    "Email" text, unique ("OrganizationId", "Email"));
create table "Billing"."Invoice Lines" ("Id" serial primary key,
    "OrganizationId" integer not null, "Text" text);
create index on "Billing"."Invoice Lines" ("OrganizationId");
alter table "Core"."Users" enable row level security; alter table "Core"."Users" force row level security;
create policy own on "Core"."Users"
    using ("OrganizationId" = nullif(current_setting('app.org', true), '')::integer);
grant select, insert, update, delete on "Core"."Users", "Billing"."Invoice Lines" to shop_app;
-- case: text keys, and a word that nobody would guess, which policies read
-- expect: postgres.rls_off public.cargo
create table ships (ship_no text primary key, harbour text not null);
create table cargo (cargo_no text primary key, harbour text not null);
create table crew (crew_no text primary key, harbour text not null);
alter table ships enable row level security; alter table ships force row level security;
alter table crew enable row level security; alter table crew force row level security;
create policy own on ships using (harbour = current_setting('app.harbour', true));
create policy own on crew using (harbour = current_setting('app.harbour', true));
grant select, insert on ships, cargo, crew to shop_app;
-- allow: postgres.unique_without_tenant *
-- case: no word at all: most tables refer to one
-- expect: postgres.rls_off public.beds
create table lodges (id uuid primary key);
create table rooms (id uuid primary key, lodge uuid not null references lodges (id));
create table beds (id uuid primary key, lodge uuid not null references lodges (id));
create table guests (id uuid primary key, lodge uuid not null references lodges (id));
alter table rooms enable row level security; alter table rooms force row level security;
alter table guests enable row level security; alter table guests force row level security;
create policy own on rooms using (lodge = nullif(current_setting('app.lodge', true), '')::uuid);
create policy own on guests using (lodge = nullif(current_setting('app.lodge', true), '')::uuid);
grant select, insert on rooms, beds, guests to shop_app;
-- case: a composite key
-- expect: postgres.rls_off public.readings; postgres.foreign_key_without_tenant meter_fk on public.readings
-- tenant: region,utility_no
create table utilities (region text, utility_no integer, primary key (region, utility_no));
create table meters (region text not null, utility_no integer not null, id bigint generated always as identity,
    primary key (region, utility_no, id), unique (id),
    foreign key (region, utility_no) references utilities (region, utility_no));
create table readings (region text not null, utility_no integer not null, meter bigint not null,
    at timestamptz not null, primary key (region, utility_no, meter, at),
    constraint meter_fk foreign key (meter) references meters (id));
alter table meters enable row level security; alter table meters force row level security;
create policy own on meters using (region = current_setting('app.region', true)
    and utility_no = nullif(current_setting('app.utility', true), '')::integer);
grant select, insert on meters, readings to shop_app;
-- case: a schema for each tenant, one role for all of them
-- expect: postgres.schema_privileges shop_app
create schema t_acme; create schema t_zeta; create schema t_mono;
create table t_acme.users (id serial primary key, email text unique);
create table t_zeta.users (id serial primary key, email text unique);
create table t_mono.users (id serial primary key, email text unique);
create table t_acme.docs (id serial primary key, body text);
create table t_zeta.docs (id serial primary key, body text);
create table t_mono.docs (id serial primary key, body text);
grant usage on schema t_acme, t_zeta, t_mono to shop_app;
grant select, insert on all tables in schema t_acme, t_zeta, t_mono to shop_app;
-- case: a schema for each tenant, and the role may use one
create schema t_acme; create schema t_zeta; create schema t_mono;
create table t_acme.users (id serial primary key, email text unique);
create table t_zeta.users (id serial primary key, email text unique);
create table t_mono.users (id serial primary key, email text unique);
grant usage on schema t_acme to shop_app; grant select, insert on all tables in schema t_acme to shop_app;
-- case: a pooler's role without INHERIT that becomes others
-- expect: postgres.always_true open on public.notes
-- allow: postgres.role_reaches_bypass *
create table tenants (id uuid primary key);
create table notes (id uuid primary key, tenant_id uuid not null references tenants (id));
create index on notes (tenant_id);
alter table notes enable row level security; alter table notes force row level security;
create policy open on notes to shop_definer using (true);
grant select, insert on notes to shop_definer; alter role shop_app noinherit; grant shop_definer to shop_app;
-- undo: revoke shop_definer from shop_app
-- undo: alter role shop_app inherit
-- case: nobody's tables
create table kettles (id serial primary key, colour text unique); grant select on kettles to shop_app;
