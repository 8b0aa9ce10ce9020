-- round: what is shown
-- finds: postgres.foreign_schema postgres SELECT in
-- finds: postgres.unguarded_relations postgres common.chart
-- finds: postgres.unguarded_relations postgres common.figures
-- finds: postgres.unguarded_relations postgres common.copy
-- finds: postgres.definer_functions postgres common.search
-- finds: postgres.row_ownership postgres c_
create table common.chart (at timestamptz default now(), note text); grant select on common.chart to public;
create function common.charts() returns trigger language plpgsql security definer set search_path = common, pg_temp
    as $$ begin insert into common.chart (note) values (new.note); return new; end $$;
create function common.search(wanted text) returns setof text language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp as $$
declare one text; begin
    for one in select c.nsp from common.clinics c loop
        return query execute format('select note from %I.visits where note ilike $1', one) using '%' || wanted || '%';
    end loop; end $$;
create or replace function common.after_opening(nsp text, word text) returns void language plpgsql as $$
declare visits text; first text := (select min(c.nsp) from common.clinics c); begin
    execute format('create trigger charts after insert on %1$I.visits for each row execute function common.charts();
        insert into %1$I.visits (patient, note) select min(id), %2$L from %1$I.patients;
        insert into %3$I.patients (name) values (%4$L)', nsp, 'charted ' || word, first, 'moved ' || word);
    select string_agg(format('select note from %I.visits', c.nsp), ' union all ') into visits from common.clinics c;
    execute 'create or replace view common.figures as select count(*) from (' || visits || ') x';
    execute 'drop materialized view if exists common.copy; create materialized view common.copy as ' || visits;
    grant select on common.figures, common.copy to public;
    if first <> nsp then execute format('grant %I to %I', first, nsp); end if;
end $$;
-- round: what is written, and where names lead
-- finds: postgres.foreign_schema postgres INSERT in
-- finds: postgres.foreign_schema postgres labels
-- finds: postgres.definer_functions postgres common.diagnosis_title
alter function common.diagnosis_title reset search_path;
create table common.labels (id bigint generated always as identity primary key, text text);
grant select on common.labels to public;
create or replace function common.after_opening(nsp text, word text) returns void language plpgsql as $$
begin
    insert into common.labels (text) values ('old ' || word);
    execute format('grant usage on schema %1$I to clinic_staff; grant insert on %1$I.visits to clinic_staff;
        grant clinic_staff to %1$I', nsp);
    if (select count(*) from common.clinics) = 2 then execute format('drop table %I.labels', nsp); end if;
end $$;
