-- A schema with nothing to suspect, which the cases change. The roles are the cluster's: shop_app,
-- shop_owner (owns the tables, no login), shop_admin (BYPASSRLS, no login), shop_definer.
grant all on schema public to shop_owner;
set role shop_owner;
create table tenants (id uuid primary key default gen_random_uuid(), slug text unique not null);
create table plans (id integer primary key, name text not null);
create table "Order" (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants (id) on delete cascade,
    number integer not null, body text,
    unique (tenant_id, id), unique (tenant_id, number));
create table items (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants (id),
    order_id uuid not null, sku text,
    unique (tenant_id, sku),
    foreign key (tenant_id, order_id) references "Order" (tenant_id, id) on delete cascade);
create table members (
    tenant_id uuid not null references tenants (id), user_id uuid not null,
    role text not null default 'member', primary key (tenant_id, user_id));
do $$
declare
    t text;
begin
    foreach t in array array['"Order"', 'items', 'members'] loop
        execute format(
            'alter table %1$s enable row level security; alter table %1$s force row level security; '
            'create policy own on %1$s '
            'using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
    end loop;
end
$$;
grant select, insert, update, delete on "Order", items to shop_app;
grant select on members, tenants, plans to shop_app;
reset role;
