-- Organisations with numbers. Boards name theirs, cards and remarks only what they belong to. Who
-- sees what is decided by membership: atlas.person is who asks.
create schema atlas authorization atlas_owner; grant usage on schema atlas to atlas_app;
set role atlas_owner; set search_path = atlas;
create table orgs (id bigint generated always as identity primary key, handle text unique not null,
    title text not null);
create table people (id bigint generated always as identity primary key, login text unique not null);
create table org_people (org bigint not null references orgs on delete cascade,
    person bigint not null references people on delete cascade, primary key (org, person));
create table boards (id bigint generated always as identity primary key,
    org bigint not null references orgs on delete cascade, title text not null, unique (org, title));
create table cards (id bigint generated always as identity primary key,
    board bigint not null references boards on delete cascade, title text not null, due date);
create table remarks (id bigint generated always as identity primary key,
    card bigint not null references cards on delete cascade, author bigint references people,
    body text not null);
create index on org_people (person); create index on cards (board); create index on remarks (card);
do $$ declare t text; begin
    foreach t in array array['org_people', 'boards', 'cards', 'remarks'] loop
        execute format('alter table %1$I enable row level security;
            alter table %1$I force row level security;', t);
    end loop;
end $$;
create policy own on org_people using (person = nullif(current_setting('atlas.person', true), '')::bigint);
create policy member on boards using (org in (select m.org from org_people m));
create policy of_board on cards using (exists (select from boards b where b.id = cards.board));
create policy of_card on remarks using (exists (select from cards c where c.id = remarks.card));
grant select on orgs, people, org_people to atlas_app;
grant select, insert, update, delete on boards, cards, remarks to atlas_app;
reset role;
-- What the service would do for a new organisation, as the scenario asks for it.
create function atlas.found(wanted text, word text, out id bigint, out person bigint)
language plpgsql as $$
declare board bigint; card bigint;
begin
    insert into atlas.orgs (handle, title) values (wanted, word) returning orgs.id into id;
    insert into atlas.people (login) values (wanted || '@atlas.test') returning people.id into person;
    insert into atlas.org_people values (id, person);
    for i in 1..3 loop
        insert into atlas.boards (org, title) values (id, 'board ' || i || ' ' || word)
            returning boards.id into board;
        insert into atlas.cards (board, title) values (board, 'card ' || word) returning cards.id into card;
        insert into atlas.remarks (card, author, body) values (card, person, 'remark ' || word);
    end loop;
end $$;
revoke execute on function atlas.found from public;
