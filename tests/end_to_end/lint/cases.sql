-- case: nothing is suspected of a sound schema, a policy FOR ALL without WITH CHECK in it (E1, E14)
-- case: P01 a table without row-level security beside others
-- expect: postgres.rls_off public.items
alter table items disable row level security; drop policy own on items;
-- case: P31 a table made later by LIKE has no policy
-- expect: postgres.rls_off public.items_archive
create table items_archive (like items including all); grant select on items_archive to shop_app;
-- case: P31 a later table whose tenant column alone tells it
-- expect: postgres.rls_off public."Note"
create table "Note" (id uuid primary key, "tenantId" uuid not null, unique ("tenantId", id));
grant select on "Note" to shop_app;
-- case: P02 policies and row-level security off
-- expect: postgres.policies_without_rls public.items
alter table items disable row level security;
-- case: P01 nothing anywhere
-- expect: postgres.rls_absent *
drop policy own on items; drop policy own on "Order"; drop policy own on members;
alter table items disable row level security; alter table "Order" disable row level security;
alter table members disable row level security;
-- case: P03 the application owns a table that is not forced
-- expect: postgres.rls_not_forced public.items; postgres.role_owns shop_app
alter table items owner to shop_app; alter table items no force row level security;
-- case: P03 the application inherits the owner
-- expect: postgres.rls_not_forced public.items; postgres.role_owns shop_app
grant shop_owner to shop_app; alter table items no force row level security;
-- undo: revoke shop_owner from shop_app
-- case: P06 the application is a member of the owner of forced tables
-- expect: postgres.role_owns shop_app
grant shop_owner to shop_app;
-- undo: revoke shop_owner from shop_app
-- case: not forced, and the application does not reach the owner
alter table items no force row level security;
-- case: P04 the application's role has BYPASSRLS
-- expect: postgres.app_bypasses shop_app
alter role shop_app bypassrls;
-- undo: alter role shop_app nobypassrls
-- case: P05 the application's role is a superuser
-- expect: postgres.app_bypasses shop_app
-- app: shop_app
alter role shop_app superuser;
-- undo: alter role shop_app nosuperuser
-- case: P04 the application may become a role that bypasses
-- expect: postgres.role_reaches_bypass shop_app
grant shop_admin to shop_app;
-- undo: revoke shop_admin from shop_app
-- case: E8 an administrator's role may see all, by its own policy and by BYPASSRLS
create policy administration on items to shop_admin using (true) with check (true);
grant select, insert, update, delete on items to shop_admin;
-- case: P07 a second policy that is always true
-- expect: postgres.always_true own2 on public.items
create policy own2 on items for select using (true);
-- case: P07 a branch that is always true
-- expect: postgres.always_true own on public.items
alter policy own on items
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid or true);
-- case: P07 a branch 1 = 1
-- expect: postgres.always_true own on public.items
alter policy own on items
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid or 1 = 1);
-- case: P07 the column is compared with itself
-- expect: postgres.always_true own on public.items; postgres.policy_without_tenant own on public.items
alter policy own on items using (tenant_id = tenant_id);
-- case: P07 the column only has to be there
-- expect: postgres.always_true own on public.items
alter policy own on items using (tenant_id is not null);
-- case: P08 a policy for administrators without TO
-- expect: postgres.always_true administration on public.items
create policy administration on items using (true);
-- case: P07 a policy that is the same whoever asks
-- expect: postgres.policy_without_tenant own2 on public.items
create policy own2 on items for select using (sku like 'X%');
-- case: a permissive policy beside a restrictive one that asks for the tenant
create policy wide on items using (true);
alter table items no force row level security; alter table items force row level security;
drop policy own on items;
create policy own on items as restrictive
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
-- case: P17 a flag in a setting opens everything
-- expect: postgres.open_branch own on public.items
alter policy own on items using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid
    or current_setting('app.is_admin', true) = 'yes');
-- case: P09 INSERT with a check that is always true
-- expect: postgres.write_check write on public.items
drop policy own on items;
create policy own on items for select
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy write on items for insert with check (true);
-- case: P10 UPDATE with a check that is always true
-- expect: postgres.write_check write on public.items
drop policy own on items;
create policy own on items for select
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy write on items for update
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) with check (true);
-- case: P09 a check that asks for something else
-- expect: postgres.write_check own on public.items
alter policy own on items with check (sku is not null);
-- case: P12 open while no tenant is set
-- expect: postgres.unset_context own on public.items
alter policy own on items using (current_setting('app.tenant', true) is null
    or tenant_id = current_setting('app.tenant', true)::uuid);
-- case: P12 the same behind the tenant, with an empty text
-- expect: postgres.unset_context own on public.items
alter policy own on items using (tenant_id::text = current_setting('app.tenant', true)
    or current_setting('app.tenant', true) = '');
-- case: P12 the same through nullif
-- expect: postgres.unset_context own on public.items
alter policy own on items using (nullif(current_setting('app.tenant', true), '') is null
    or tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
-- case: P13 a default tenant
-- expect: postgres.unset_context own on public.items
alter policy own on items using (tenant_id = coalesce(
    nullif(current_setting('app.tenant', true), ''), '00000000-0000-0000-0000-000000000001')::uuid);
-- case: P13 the row itself is the default
-- expect: postgres.unset_context own on public.items
alter policy own on items using (tenant_id =
    coalesce(nullif(current_setting('app.tenant', true), '')::uuid, tenant_id));
-- case: a default that is nobody's
alter policy own on items using (tenant_id::text = coalesce(current_setting('app.tenant', true), ''));
-- case: P13 the role brings a tenant with it
-- expect: postgres.context_default app.tenant
alter role shop_app set app.tenant = '00000000-0000-0000-0000-000000000001';
-- undo: alter role shop_app reset app.tenant
-- case: P52 a pattern
-- expect: postgres.pattern_match own on public.items
alter policy own on items using (tenant_id::text like current_setting('app.tenant', true) || '%');
-- case: P52 the tenant is the pattern
-- expect: postgres.pattern_match own on public.items
alter policy own on items using (current_setting('app.tenant', true) like tenant_id::text || '%');
-- case: P53 case is folded
-- expect: postgres.pattern_match own on public.items
alter policy own on items using (lower(tenant_id::text) = lower(current_setting('app.tenant', true)));
-- case: P53 char(n)
-- expect: postgres.folded_type public.notes
create table notes (tenant_id char(8) not null, id integer not null, primary key (tenant_id, id));
alter table notes enable row level security; alter table notes force row level security;
create policy own on notes using (tenant_id = current_setting('app.tenant', true)::char(8));
grant select on notes to shop_app;
-- case: P19 IMMUTABLE function in a policy
-- expect: postgres.function_volatility public.current_tenant()
create function current_tenant() returns uuid language sql immutable
    as $$select nullif(current_setting('app.tenant', true), '')::uuid$$;
alter policy own on items using (tenant_id = current_tenant());
-- case: the same function, STABLE
create function current_tenant() returns uuid language sql stable
    as $$select nullif(current_setting('app.tenant', true), '')::uuid$$;
alter policy own on items using (tenant_id = current_tenant());
-- case: P21 a view of the superuser's
-- expect: postgres.definer_view public.all_items
create view all_items as select * from items; grant select on all_items to shop_app;
-- case: P21 a view over a view, of an owner who is not forced
-- expect: postgres.definer_view public.outer_items
alter table items no force row level security; set role shop_owner;
create view inner_items as select * from items; create view outer_items as select * from inner_items;
grant select on outer_items to shop_app; reset role;
-- case: E2 a definer view of a forced owner
set role shop_owner; create view own_items as select * from items;
grant select on own_items to shop_app; reset role;
-- case: E13 a view that reads as its invoker
create view own_items with (security_invoker = true) as select * from items;
grant select on own_items to shop_app;
-- case: a superuser's view that the application may not read
create view all_items as select * from items;
-- case: P22 a materialised view
-- expect: postgres.materialised_view public.items_by_day
create materialized view items_by_day as select tenant_id, count(*) from items group by 1;
grant select on items_by_day to shop_app;
-- case: P23 sums of all tenants in a view
-- expect: postgres.definer_view public.totals
create view totals as select count(*), max(sku) from items; grant select on totals to shop_app;
-- case: P24 a view that filters without a barrier
-- expect: postgres.view_barrier public.mine; postgres.definer_view public.mine
create view mine as select * from items
    where tenant_id = nullif(current_setting('app.tenant', true), '')::uuid;
grant select on mine to shop_app;
-- case: P25 a function marked LEAKPROOF
-- expect: postgres.leakproof public.looks(t text)
create function looks(t text) returns boolean language plpgsql leakproof
    as $$begin raise notice '%', t; return true; end$$;
-- case: P26 SECURITY DEFINER of the superuser
-- expect: postgres.definer_function public.find(s text)
create function find(s text) returns setof items language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
    as $$select * from public.items where sku = s$$;
-- case: E3 SECURITY DEFINER of a forced owner
set role shop_owner; create function find(s text) returns setof items language sql stable
    security definer set search_path = pg_catalog, public, pg_temp
    as $$select * from public.items where sku = s$$; reset role;
-- case: P26 that nobody but its owner may call
create function find(s text) returns setof items language sql stable security definer
    set search_path = pg_catalog, public, pg_temp as $$select * from public.items where sku = s$$;
revoke execute on function find(text) from public;
-- case: P27 no search_path
-- expect: postgres.search_path public.one()
set role shop_owner; create function one() returns integer language sql security definer
    as $$select count(*)::integer from plans$$; reset role;
-- case: P28 a trigger that copies into an open table
-- expect: postgres.definer_trigger public.audit
create table audit (at timestamptz default now(), row_data jsonb);
grant select on audit to shop_app;
create function copies() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as
    $$begin insert into audit (row_data) values (to_jsonb(new)); return new; end$$;
create trigger copies after insert on items for each row execute function copies();
-- case: P29 a partition with a grant of its own
-- expect: postgres.partition_access public.events_1
create table events (tenant_id uuid not null, at date not null, body text, primary key (tenant_id, at))
    partition by range (at);
create table events_1 partition of events for values from ('2020-01-01') to ('2030-01-01');
alter table events enable row level security; alter table events force row level security;
create policy own on events using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
grant select on events, events_1 to shop_app;
-- case: a partition without one
create table events (tenant_id uuid not null, at date not null, body text, primary key (tenant_id, at))
    partition by range (at);
create table events_1 partition of events for values from ('2020-01-01') to ('2030-01-01');
alter table events enable row level security; alter table events force row level security;
create policy own on events using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
grant select on events to shop_app;
-- case: P30 a child that inherits
-- expect: postgres.partition_access public.special
create table special (more text, primary key (tenant_id, id)) inherits (items);
grant select on special to shop_app;
-- case: P32 default privileges for PUBLIC
-- expect: postgres.default_privileges public.* of shop_owner
alter default privileges for role shop_owner in schema public grant select on tables to public;
-- case: P33 a foreign table
-- expect: postgres.foreign_table public.remote_items
create extension postgres_fdw; create server far foreign data wrapper postgres_fdw;
create foreign table remote_items (tenant_id uuid, sku text) server far;
grant select on remote_items to shop_app;
-- case: P34 TRUNCATE
-- expect: postgres.truncate_privilege public.items
grant truncate on items to shop_app;
-- case: P35 ON DELETE CASCADE without the tenant
-- expect: postgres.foreign_key_without_tenant items_order_fk on public.items
alter table items add constraint items_order_fk foreign key (order_id) references "Order" (id)
    on delete cascade;
-- case: P37 a unique key without the tenant
-- expect: postgres.unique_without_tenant items_sku_key1 on public.items
alter table items add constraint items_sku_key1 unique (sku);
-- case: P37 a unique key of one part alone
-- expect: postgres.unique_without_tenant devices on public.pings_1
create table pings (tenant_id uuid not null, at date not null, device text, primary key (tenant_id, at))
    partition by range (at);
create table pings_1 partition of pings for values from ('2020-01-01') to ('2030-01-01');
create unique index devices on pings_1 (device);
alter table pings enable row level security; alter table pings force row level security;
create policy own on pings using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
grant select, insert on pings to shop_app;
-- case: P36 P37 keys of what names its parent alone
-- expect: postgres.foreign_key_without_tenant marks_other_fk on public.marks; postgres.unique_without_tenant titles on public.marks
create table marks (item uuid not null references items on delete cascade, no integer not null, title text,
    other uuid constraint marks_other_fk references "Order" (id), primary key (item, no), unique (item, title));
create unique index titles on marks (title); create index on marks (other);
alter table marks enable row level security; alter table marks force row level security;
create policy of_item on marks using (exists (select from items i where i.id = item));
grant select, insert, update, delete on marks to shop_app;
-- case: P51 no NOT NULL
-- expect: postgres.nullable_tenant public.items
alter table items alter column tenant_id drop not null;
-- case: R6 a constant default
-- expect: postgres.default_tenant public.items
alter table items alter column tenant_id set default '00000000-0000-0000-0000-000000000001';
-- case: a default from the session
alter table items alter column tenant_id
    set default nullif(current_setting('app.tenant', true), '')::uuid;
-- case: P47 NOTIFY from a trigger
-- expect: postgres.notify public.tells()
create function tells() returns trigger language plpgsql as
    $$begin perform pg_notify('items', row_to_json(new)::text); return new; end$$;
create trigger tells after insert on items for each row execute function tells();
-- case: P48 large objects
-- expect: postgres.large_object_use *
select lo_create(0);
-- case: P50 a publication, and the application may replicate
-- expect: postgres.publication everything
create publication everything for all tables; alter role shop_app replication;
-- undo: alter role shop_app noreplication
-- case: P56 one membership
-- expect: postgres.scalar_membership own on public.items
alter policy own on items using (tenant_id = (select m.tenant_id from members m
    where m.user_id = nullif(current_setting('app.user', true), '')::uuid limit 1));
-- case: P57 memberships that the application may write
-- expect: postgres.membership_table public.members; postgres.policies_without_rls public.members
alter policy own on items using (exists (select from members m where m.tenant_id = items.tenant_id
    and m.user_id = nullif(current_setting('app.user', true), '')::uuid));
grant insert on members to shop_app; alter table members disable row level security;
-- case: P57 the same, asked by a function
-- expect: postgres.membership_table public.members; postgres.policies_without_rls public.members
-- allow: postgres.definer_function *
create function is_member(wanted uuid) returns boolean language sql stable security definer
    set search_path = pg_catalog, pg_temp as $$select exists (select from public.members m
    where m.tenant_id = wanted and m.user_id = nullif(current_setting('app.user', true), '')::uuid)$$;
alter policy own on items using (is_member(tenant_id));
grant insert on members to shop_app; alter table members disable row level security;
-- case: a helper of policies that runs as a role that nothing binds, and asks who the session is
create function asker() returns uuid language sql stable
    as $$select nullif(current_setting('app.user', true), '')::uuid$$;
create function is_member(wanted uuid) returns boolean language sql stable security definer
    set search_path = pg_catalog, pg_temp as $$select exists (select from public.members m
    where m.tenant_id = wanted and m.user_id = public.asker())$$;
alter policy own on items using (is_member(tenant_id));
-- case: P12 open while a function says nobody
-- expect: postgres.unset_context own on public.items
create function asker() returns uuid language sql stable
    as $$select nullif(current_setting('app.tenant', true), '')::uuid$$;
alter policy own on items using (asker() is null or tenant_id = asker());
-- case: memberships that are guarded
alter policy own on items using (exists (select from members m where m.tenant_id = items.tenant_id
    and m.user_id = nullif(current_setting('app.user', true), '')::uuid));
-- case: P58 a claim that the user writes
-- expect: postgres.user_claim own on public.items
alter policy own on items using (tenant_id =
    (current_setting('request.jwt', true)::jsonb -> 'user_metadata' ->> 'tenant')::uuid);
-- case: PUBLIC may read
-- expect: postgres.public_grant public.items
grant select on items to public;
-- case: P45 the application sees others' statements
-- expect: postgres.predefined_role shop_app
grant pg_read_all_stats to shop_app;
-- undo: revoke pg_read_all_stats from shop_app
-- case: E7 rows that all share live in a table without tenants
create table countries (code text primary key, name text unique); grant select on countries to shop_app;
-- case: E17 a policy by membership in several tenants
create policy by_membership on items for select using (tenant_id in (select m.tenant_id from members m
    where m.user_id = nullif(current_setting('app.user', true), '')::uuid));
