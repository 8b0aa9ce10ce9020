-- round: what is shown
-- lints: postgres.always_true support on atlas.remarks
-- lints: postgres.definer_view atlas.board_titles
-- lints: postgres.definer_function atlas.remark_of(wanted bigint)
-- finds: postgres.row_security postgres atlas.remarks
-- finds: postgres.unguarded_relations postgres atlas.board_titles
-- finds: postgres.definer_functions postgres atlas.remark_of
-- finds: postgres.row_ownership postgres atlas.cards
create policy support on atlas.remarks for select using (true);
create view atlas.board_titles as select title from atlas.boards;
grant select on atlas.board_titles to atlas_app;
create function atlas.remark_of(wanted bigint) returns setof text language sql stable security definer
    set search_path = pg_catalog, pg_temp as 'select body from atlas.remarks r where r.id = wanted';
create or replace function atlas.misfile() returns trigger language plpgsql as $$ begin
    new.board := (select min(b.id) from atlas.boards b); return new; end $$;
create trigger misfile before insert on atlas.cards for each row when (new.id % 3 = 0)
    execute function atlas.misfile();
-- round: what is written
-- lints: postgres.write_check adding on atlas.boards
-- lints: postgres.write_check changing on atlas.remarks
-- lints: postgres.always_true removing on atlas.cards
-- finds: postgres.cross_writes postgres atlas.boards INSERT
-- finds: postgres.cross_writes postgres atlas.cards DELETE without WHERE
-- finds: postgres.cross_writes postgres atlas.remarks UPDATE without WHERE
drop policy member on atlas.boards;
create policy member on atlas.boards for select using (org in (select m.org from atlas.org_people m));
create policy adding on atlas.boards for insert with check (title is not null);
create policy changing on atlas.boards for update using (org in (select m.org from atlas.org_people m));
create policy removing on atlas.cards for delete using (true);
drop policy of_card on atlas.remarks;
create policy seeing on atlas.remarks for select using (exists (select from atlas.cards c where c.id = card));
create policy changing on atlas.remarks for update
    using (exists (select from atlas.cards c where c.id = card)) with check (true);
-- round: a table of parts that nobody guarded
-- lints: postgres.policies_without_rls atlas.cards
-- lints: postgres.unset_context member on atlas.boards
-- finds: postgres.row_security postgres atlas.cards
-- finds: postgres.row_security postgres atlas.boards
drop policy of_board on atlas.cards; alter table atlas.cards disable row level security;
create policy of_board on atlas.cards using (true);
alter policy member on atlas.boards using (coalesce(current_setting('atlas.person', true), '') = ''
    or org in (select m.org from atlas.org_people m));
