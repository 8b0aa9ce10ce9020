-- An interface of views and functions over tables that nobody but their owner sees. Who asks stands
-- in the claims of a token, and the interface's own role, which policies bind, does the work.
create extension if not exists citext;
create schema vault authorization studio_owner; create schema api authorization studio_api;
grant usage on schema vault to studio_api; grant usage on schema api to studio_member;
set role studio_owner; set search_path = vault, public;
create domain org_key as citext check (value ~ '^[a-z0-9-]+$');
create type rating as enum ('draft', 'open', 'closed');
create table orgs (key org_key primary key, title text);
create table films (id uuid primary key default gen_random_uuid(), org org_key not null references orgs on delete cascade, title text not null, ratings rating[] not null default '{draft}', details jsonb not null default '{}', unique (org, title));
create table scenes (film uuid not null references films on delete cascade, n integer not null, text text, primary key (film, n));
create table reviews (id bigint generated always as identity primary key, org org_key not null references orgs on delete cascade, about_kind text not null, about uuid not null, text text);
create index on reviews (org);
create function asking() returns citext language sql stable set search_path = pg_catalog, public as $$
    select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org', '')::public.citext $$;
do $$ declare t text; begin
    foreach t in array array['orgs', 'films', 'scenes', 'reviews'] loop
        execute format('alter table %1$I enable row level security; alter table %1$I force row level security', t);
    end loop;
end $$;
create policy own on orgs to studio_api using (key = asking());
create policy own on films to studio_api using (org = asking());
create policy of_film on scenes to studio_api using (exists (select from films f where f.id = film and f.org = asking()));
create policy own on reviews to studio_api using (org = asking());
grant select on orgs to studio_api; grant select, insert, update, delete on films, scenes, reviews to studio_api;
grant execute on function asking() to studio_api;
reset role; set role studio_api; set search_path = api, vault, public;
create view api.films as select id, org, title, ratings from vault.films where org = asking();
create view api.scenes as select s.film, s.n, s.text from vault.scenes s join vault.films f on f.id = s.film where f.org = asking();
create view api.reviews as select id, org, about, text from vault.reviews where org = asking();
create function api.keep_review() returns trigger language plpgsql security definer set search_path = vault, public, pg_temp as $$ begin
    insert into reviews (org, about_kind, about, text) values (asking(), 'film', new.about, new.text) returning id, org into new.id, new.org; return new; end $$;
create trigger keep_review instead of insert on api.reviews for each row execute function api.keep_review();
create function api.rename_film(film uuid, to_title text) returns void language sql security definer set search_path = vault, public, pg_temp
    as $$ update films f set title = to_title where f.id = film and f.org = asking() $$;
create function api.film(wanted jsonb) returns setof text language sql stable security definer set search_path = vault, public, pg_temp
    as $$ select f.title from films f where f.id::text = wanted ->> 'id' and f.org = asking() $$;
create function api.tally() returns bigint language sql stable security definer set search_path = vault, public, pg_temp as $$ select count(*) from reviews $$;
revoke execute on all functions in schema api from public;
grant select on api.films, api.scenes, api.reviews to studio_member; grant insert, update, delete on api.films to studio_member; grant insert on api.reviews to studio_member;
grant execute on function api.rename_film, api.film, api.tally to studio_member;
reset role;
create function vault.open_org(slug text, word text, out key text) language plpgsql set search_path = vault, public as $$
declare film uuid;
begin
    insert into orgs values (slug, word) returning orgs.key into key;
    for i in 1..3 loop
        insert into films (org, title, details) values (slug, i || ' film ' || word, jsonb_build_object('note', word)) returning id into film;
        insert into scenes values (film, 1, 'scene ' || word);
        insert into reviews (org, about_kind, about, text) values (slug, 'film', film, 'review ' || word);
    end loop;
end $$;
revoke execute on function vault.open_org from public;
