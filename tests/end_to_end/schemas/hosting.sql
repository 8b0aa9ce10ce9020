-- Accounts in a tree, a reseller over customers, whose descendants a closure table lists: an account
-- sees its own and what is below it. Domains for keys, texts without case, lists of enumerated
-- values, rows distributed by hash, remarks and tags on whatever kind and number they name, forms
-- that are views with triggers.
create extension if not exists citext;
create schema hosting authorization hosting_owner; grant usage on schema hosting to hosting_app;
set role hosting_owner; set search_path = hosting, public;
create domain account_ref as bigint check (value > 0);
create type part as enum ('mail', 'web', 'names');
create table accounts (id bigint generated always as identity primary key, parent_id bigint references accounts, login citext unique not null, parts part[] not null default '{}');
create table account_paths (ancestor_id bigint references accounts on delete cascade, descendant_id bigint references accounts on delete cascade, depth integer not null, primary key (ancestor_id, descendant_id));
insert into accounts (login) values ('reseller'); insert into account_paths values (1, 1, 0);
create table sites (account_id account_ref not null, id bigint generated always as identity, name citext not null, parts part[] not null default '{web}', primary key (account_id, id), unique (account_id, name)) partition by hash (account_id);
do $$ begin for i in 0..2 loop execute format('create table sites_%s partition of sites for values with (modulus 3, remainder %1$s)', i); end loop; end $$;
create table mailboxes (account_id account_ref not null, id bigint generated always as identity, site_id bigint not null, address citext not null, primary key (account_id, id),
    foreign key (account_id, site_id) references sites (account_id, id) on delete cascade, unique (account_id, address));
create table remarks (id bigint generated always as identity primary key, account_id account_ref not null references accounts on delete cascade, subject_type text not null, subject_id bigint not null, body text);
create table taggings (id bigint generated always as identity primary key, account_id account_ref not null references accounts on delete cascade, taggable_type text not null, taggable_id bigint not null, tag citext not null);
create table schema_migrations (version text primary key); insert into schema_migrations values ('20260101000000');
create table ar_internal_metadata (key text primary key, value text);
create index on remarks (account_id); create index on taggings (account_id);
create function reachable() returns bigint[] language sql stable security definer set search_path = hosting, pg_temp as $$
    select coalesce(array_agg(p.descendant_id), '{}') from account_paths p where p.ancestor_id = nullif(current_setting('hosting.account', true), '')::bigint $$;
do $$ declare t text; begin
    foreach t in array array['sites', 'mailboxes', 'remarks', 'taggings'] loop
        execute format('alter table %1$I enable row level security; alter table %1$I force row level security;
            create policy below on %1$I using (account_id = any (reachable()));
            grant select, insert, update, delete on %1$I to hosting_app', t);
    end loop;
end $$;
create view address_book with (security_invoker) as select m.account_id, m.id, m.address, s.name from mailboxes m join sites s on s.account_id = m.account_id and s.id = m.site_id;
create view remark_form with (security_invoker) as select account_id, subject_type, subject_id, body from remarks;
create function write_remark() returns trigger language plpgsql as $$ begin
    insert into hosting.remarks (account_id, subject_type, subject_id, body) values (new.account_id, new.subject_type, new.subject_id, new.body); return new; end $$;
create trigger write_remark instead of insert on remark_form for each row execute function write_remark();
create function rename_site(wanted bigint, to_name text) returns void language sql as $$ update hosting.sites set name = to_name where id = wanted $$;
grant select on address_book, remark_form to hosting_app; grant insert on remark_form to hosting_app;
reset role;
create function hosting.open_account(slug text, word text, out id bigint) language plpgsql set search_path = hosting, public as $$
declare site bigint;
begin
    insert into accounts (parent_id, login) values (1, slug) returning accounts.id into id;
    insert into account_paths values (id, id, 0), (1, id, 1);
    for i in 1..3 loop
        insert into sites (account_id, name) values (id, i || ' site ' || word) returning sites.id into site;
        insert into mailboxes (account_id, site_id, address) values (id, site, i || '@' || word || '.test');
        insert into remarks (account_id, subject_type, subject_id, body) values (id, 'Site', site, 'remark ' || word);
        insert into taggings (account_id, taggable_type, taggable_id, tag) values (id, 'Site', site, 'tag ' || word);
    end loop;
end $$;
create function hosting.close_account(of bigint) returns void language plpgsql set search_path = hosting, public as $$ begin
    delete from mailboxes where account_id = of; delete from sites where account_id = of; delete from accounts where accounts.id = of; end $$;
revoke execute on function hosting.open_account, hosting.close_account from public;
