-- round: what is shown
-- lints: postgres.definer_view hosting.addresses
-- lints: postgres.definer_function hosting.search_sites(wanted text)
-- lints: postgres.materialised_view hosting.site_counts
-- lints: postgres.partition_access hosting.sites_1
-- finds: postgres.row_security postgres hosting.remarks
-- finds: postgres.row_security postgres hosting.taggings
-- finds: postgres.unguarded_relations postgres hosting.addresses
-- finds: postgres.definer_functions postgres hosting.search_sites
-- finds: postgres.definer_functions postgres hosting.sites_with
-- finds: postgres.definer_functions postgres hosting.look_up
-- finds: postgres.unguarded_relations postgres hosting.site_counts
-- finds: postgres.unguarded_relations postgres hosting.sites_1
create function hosting.family() returns bigint[] language sql stable security definer set search_path = hosting, pg_temp as $$
    select coalesce(array_agg(d.descendant_id), '{}') from account_paths u join account_paths d on d.ancestor_id = u.ancestor_id
    where u.descendant_id = nullif(current_setting('hosting.account', true), '')::bigint $$;
create policy family on hosting.remarks for select using (account_id = any (hosting.family()));
create policy of_site on hosting.taggings for select using (taggable_type = 'Site' and taggable_id > 0);
create view hosting.addresses as select address from hosting.mailboxes; grant select on hosting.addresses to hosting_app;
create function hosting.search_sites(wanted text) returns setof citext language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select name from hosting.sites where name::text ilike '%' || wanted || '%' $$;
create function hosting.sites_with(wanted hosting.part, but hosting.account_ref[]) returns setof citext language sql stable security definer set search_path = pg_catalog, hosting, public, pg_temp
    as $$ select name from hosting.sites where but = '{}' and parts @> array['web']::hosting.part[] and wanted is not null $$;
create function hosting.look_up(wanted jsonb) returns setof text language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select body from hosting.remarks where id = nullif(replace(wanted ->> 'remark', '%', ''), '')::bigint $$;
create materialized view hosting.site_counts as select max(name::text) from hosting.sites; grant select on hosting.site_counts to hosting_app;
create function hosting.refreshed() returns trigger language plpgsql security definer as $$ begin refresh materialized view hosting.site_counts; return null; end $$;
create constraint trigger refreshed after insert on hosting.mailboxes deferrable initially deferred for each row execute function hosting.refreshed();
grant select on hosting.sites_0, hosting.sites_1, hosting.sites_2 to hosting_app;
-- round: what is written
-- lints: postgres.write_check adding on hosting.taggings
-- lints: postgres.unique_without_tenant addresses on hosting.mailboxes
-- finds: postgres.cross_writes postgres hosting.taggings INSERT
-- finds: postgres.cross_writes postgres hosting.remark_form INSERT
-- finds: postgres.cross_writes postgres hosting.box_form UPDATE
-- finds: postgres.definer_functions postgres hosting.rename_site
-- finds: postgres.definer_functions postgres hosting.drop_remarks
-- finds: postgres.definer_functions postgres hosting.amend
-- finds: postgres.key_oracle postgres hosting.mailboxes
-- finds: postgres.row_ownership postgres hosting.taggings
drop policy below on hosting.taggings;
create policy reading on hosting.taggings for select using (account_id = any (hosting.reachable()));
create policy adding on hosting.taggings for insert with check (taggable_id > 0);
alter function hosting.write_remark() security definer;
alter function hosting.write_remark() owner to postgres;
create view hosting.box_form as select account_id, id, site_id, address from hosting.mailboxes where account_id = any (hosting.reachable());
grant select, update on hosting.box_form to hosting_app;
create function hosting.give_box() returns trigger language plpgsql security definer set search_path = pg_catalog, hosting, pg_temp as $$ begin
    update mailboxes set account_id = new.account_id, site_id = (select min(s.id) from sites s where s.account_id = new.account_id) where id = old.id; return new; end $$;
create trigger give_box instead of update on hosting.box_form for each row execute function hosting.give_box();
alter function hosting.rename_site(bigint, text) security definer;
alter function hosting.rename_site(bigint, text) owner to postgres;
create function hosting.drop_remarks(wanted bigint[]) returns bigint language sql security definer set search_path = pg_catalog, pg_temp
    as $$ with gone as (delete from hosting.remarks where id = any (wanted) returning 1) select count(*) from gone $$;
create function hosting.amend(wanted jsonb) returns void language sql security definer set search_path = pg_catalog, pg_temp
    as $$ update hosting.remarks set body = wanted ->> 'body' where id = nullif(replace(wanted ->> 'id', '%', ''), '')::bigint $$;
create unique index addresses on hosting.mailboxes (address);
create function hosting.misfile() returns trigger language plpgsql as $$ begin new.account_id := (select min(a.id) from hosting.accounts a where a.parent_id = 1); return new; end $$;
create trigger misfile before insert on hosting.taggings for each row when (new.id % 3 = 0 and session_user <> 'hosting_app') execute function hosting.misfile();
-- round: who asks
-- lints: postgres.unset_context below on hosting.sites
-- lints: postgres.foreign_key_without_tenant follows_key on hosting.remarks
-- finds: postgres.row_security postgres hosting.sites
-- finds: postgres.row_security postgres hosting.mailboxes
-- finds: postgres.key_oracle postgres hosting.remarks
-- finds: postgres.unguarded_relations postgres hosting.feed
alter policy below on hosting.sites using (nullif(current_setting('hosting.account', true), '') is null or account_id = any (hosting.reachable()));
alter policy below on hosting.mailboxes using (account_id::text like current_setting('hosting.account', true) || '%');
alter table hosting.remarks add follows bigint, add constraint follows_key foreign key (follows) references hosting.remarks (id);
create table hosting.feed (at timestamptz default now(), what jsonb); grant select on hosting.feed to hosting_app;
create function hosting.feeds() returns trigger language plpgsql security definer set search_path = hosting, pg_temp as $$ begin insert into feed (what) values (to_jsonb(new)); return new; end $$;
create trigger feeds after insert on hosting.remarks for each row execute function hosting.feeds();
