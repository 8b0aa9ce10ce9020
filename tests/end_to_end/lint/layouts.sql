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
-- case: a schema and a role for each tenant, a pooler that becomes each
-- allow: postgres.role_reaches_bypass *
create schema t_acme; create schema t_zeta; create schema t_mono;
create table t_acme.users (id serial primary key, email text unique, customer_id integer);
create table t_zeta.users (id serial primary key, email text unique, customer_id integer);
create table t_mono.users (id serial primary key, email text unique, customer_id integer);
create table t_acme.docs (id serial primary key, body text); create table t_acme.tags (id serial primary key);
create table t_zeta.docs (id serial primary key, body text); create table t_zeta.tags (id serial primary key);
create table t_mono.docs (id serial primary key, body text); create table t_mono.tags (id serial primary key);
grant usage on schema t_acme to shop_definer; grant usage on schema t_zeta to shop_owner;
grant select, insert on all tables in schema t_acme to shop_definer;
grant select, insert on all tables in schema t_zeta to shop_owner;
alter role shop_app noinherit; grant shop_definer, shop_owner to shop_app;
-- undo: revoke shop_definer, shop_owner from shop_app
-- undo: alter role shop_app inherit
-- case: the same, and a view of all of them
-- expect: postgres.schema_privileges public.everything
create schema t_acme; create schema t_zeta; create schema t_mono;
create table t_acme.docs (id serial primary key, body text); create table t_zeta.docs (id serial primary key, body text);
create table t_mono.docs (id serial primary key, body text);
create view inner_docs as select body from t_zeta.docs;
create view everything as select body from t_acme.docs union all select body from inner_docs;
grant usage on schema t_acme to shop_app; grant select, insert on all tables in schema t_acme to shop_app;
grant select on everything to shop_app;
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
-- case: an application's prefix before every name, flags in a CASE, settings asked once a statement
-- expect: postgres.open_branch own on public.shop_order; postgres.rls_off public.shop_line; postgres.rls_off public.shop_order_labels; postgres.foreign_key_without_tenant shop_order_labels_label_id_fkey on public.shop_order_labels
create table shop_tenant (id bigserial primary key, name text unique);
create table shop_label (id bigserial primary key, tenant_id bigint not null references shop_tenant);
create table shop_order (id bigserial primary key, tenant_id bigint not null references shop_tenant);
create index on shop_label (tenant_id); create index on shop_order (tenant_id);
create table shop_line (id bigserial primary key, order_id bigint not null references shop_order, text text);
create table shop_order_labels (id bigserial primary key, order_id bigint not null references shop_order,
    label_id bigint not null references shop_label, unique (order_id, label_id));
create table auth_group (id serial primary key, name text unique);
alter table shop_label enable row level security; alter table shop_label force row level security;
alter table shop_order enable row level security; alter table shop_order force row level security;
create policy own on shop_label
    using (tenant_id = nullif((select current_setting('app.tenant', true)), '')::bigint);
create policy own on shop_order using (case when (select current_setting('app.is_admin', true)) = 'true'
    then true else tenant_id = nullif((select current_setting('app.tenant', true)), '')::bigint end);
grant select, insert, update, delete on all tables in schema public to shop_app;
-- case: open while nothing is set, though the setting is asked in a query of its own
-- expect: postgres.unset_context own on public.notes; postgres.unset_context own on public.drafts
create table orgs (id uuid primary key);
create table notes (id uuid primary key, org_id uuid not null references orgs);
create table drafts (id uuid primary key, org_id uuid not null references orgs);
create table replies (note uuid not null references notes on delete cascade, no integer not null,
    text text, primary key (note, no));
create index on notes (org_id); create index on drafts (org_id);
alter table notes enable row level security; alter table notes force row level security;
alter table drafts enable row level security; alter table drafts force row level security;
alter table replies enable row level security; alter table replies force row level security;
create policy own on notes using ((select current_setting('app.org', true)) is null
    or org_id = (select current_setting('app.org', true))::uuid);
create policy own on drafts using (coalesce((select current_setting('app.org', true)), '') = ''
    or org_id::text = (select current_setting('app.org', true)));
create policy of_note on replies using (exists (select from notes n where n.id = replies.note));
grant select, insert, update, delete on notes, drafts, replies to shop_app;
-- case: what belongs to tenants' rows is open, for reading, writing and removing
-- expect: postgres.always_true own on public.replies; postgres.write_check own on public.marks; postgres.always_true gone on public.marks
create table orgs (id uuid primary key);
create table notes (id uuid primary key, org_id uuid not null references orgs);
create table replies (note uuid not null references notes on delete cascade, no integer not null,
    text text, primary key (note, no));
create table marks (note uuid primary key references notes on delete cascade, colour text);
create index on notes (org_id);
alter table notes enable row level security; alter table notes force row level security;
alter table replies enable row level security; alter table replies force row level security;
alter table marks enable row level security; alter table marks force row level security;
create policy own on notes using (org_id = nullif(current_setting('app.org', true), '')::uuid);
create policy own on replies using (true);
create policy own on marks using (exists (select from notes n where n.id = marks.note)) with check (true);
create policy gone on marks for delete using (true);
grant select, insert, update, delete on notes, replies, marks to shop_app;
