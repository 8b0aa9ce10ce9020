-- round: what is shown
-- finds: postgres.unguarded_relations postgres api.scenes
-- finds: postgres.unguarded_relations postgres api.reviews
-- finds: postgres.definer_functions postgres api.film(
-- finds: postgres.definer_functions postgres api.titles
-- finds: postgres.definer_functions postgres api.rated
-- finds: postgres.definer_functions postgres api.tally
-- finds: postgres.unguarded_relations postgres api.newest
create or replace view api.scenes as select s.film, s.n, s.text from vault.scenes s; alter view api.scenes owner to postgres;
create or replace view api.reviews as select id, org, about, text from vault.reviews where org is not null;
create policy support on vault.reviews for select to studio_api using (about_kind = 'film');
create or replace function api.film(wanted jsonb) returns setof text language sql stable security definer set search_path = vault, public, pg_temp
    as $$ select f.title from films f where f.id::text = wanted ->> 'id' $$;
alter function api.film(jsonb) owner to postgres;
create function api.titles(wanted text, most integer) returns setof text language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select title from vault.films where title like wanted limit most $$;
create function api.rated(as_what vault.rating) returns setof text language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select title from vault.films where as_what = any (ratings) $$;
alter function api.tally() owner to postgres;
create view api.newest as select max(title) as title from vault.films;
grant select on api.newest to studio_member; grant execute on function api.titles, api.rated to studio_member;
-- round: what is written
-- finds: postgres.cross_writes postgres api.reviews INSERT
-- finds: postgres.cross_writes postgres api.films INSERT
-- finds: postgres.cross_writes postgres api.films UPDATE
-- finds: postgres.definer_functions postgres api.rename_film
-- finds: postgres.definer_functions postgres api.add_review
-- finds: postgres.definer_functions postgres api.retract
create or replace function api.keep_review() returns trigger language plpgsql security definer set search_path = vault, public, pg_temp as $$ begin
    insert into reviews (org, about_kind, about, text) values (coalesce(new.org, asking()), 'film', new.about, new.text) returning id, org into new.id, new.org; return new; end $$;
alter function api.keep_review() owner to postgres;
alter view api.films owner to postgres;
create or replace function api.rename_film(film uuid, to_title text) returns void language sql security definer set search_path = vault, public, pg_temp
    as $$ update films f set title = to_title where f.id = film $$;
alter function api.rename_film(uuid, text) owner to postgres;
create function api.add_review(of text, text text) returns void language sql security definer set search_path = pg_catalog, pg_temp
    as $$ insert into vault.reviews (org, about_kind, about, text) select f.org, 'film', f.id, text from vault.films f where f.org::text = of limit 1 $$;
create function api.retract(wanted json) returns void language sql security definer set search_path = pg_catalog, pg_temp
    as $$ delete from vault.reviews where id::text = wanted ->> 'review' $$;
grant execute on function api.add_review, api.retract to studio_member;
-- round: who asks
-- finds: postgres.unguarded_relations postgres api.films
-- finds: postgres.unguarded_relations postgres api.scenes
create or replace function vault.asking() returns citext language sql stable set search_path = pg_catalog, public as $$
    select coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'user_metadata' ->> 'org', nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org')::public.citext $$;
create or replace view api.films as select id, org, title, ratings from vault.films where left(org::text, 3) = left(vault.asking()::text, 3);
alter policy own on vault.films using (left(org::text, 3) = left(vault.asking()::text, 3));
create or replace view api.scenes as select s.film, s.n, s.text from vault.scenes s join vault.films f on f.id = s.film;
alter policy of_film on vault.scenes using (exists (select from vault.films f where f.id = film));
