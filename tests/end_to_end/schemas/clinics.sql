-- A schema and a role for each clinic; what all share lies in one of its own.
create schema common authorization clinic_owner;
set role clinic_owner; set search_path = common;
create table diagnoses (code text primary key, title text not null);
insert into diagnoses values ('A00', 'cholera'), ('B01', 'varicella');
create table clinics (nsp name primary key, title text not null);
create function diagnosis_title(wanted text) returns text language sql stable security definer
    set search_path = common, pg_temp as 'select title from diagnoses where code = wanted';
reset role;
create function common.after_opening(nsp text, word text) returns void language plpgsql as 'begin end';
create function common.open_clinic(slug text, word text, out nsp text) language plpgsql as $$
begin
    nsp := 'c_' || replace(slug, '-', '_');
    execute format('create role %1$I; grant %1$I to clinic_pool;
        create schema %1$I authorization clinic_owner;
        grant usage on schema %1$I, common to %1$I; grant select on common.diagnoses to %1$I;
        alter default privileges for role clinic_owner in schema %1$I
            grant select, insert, update, delete on tables to %1$I;', nsp);
    set local role clinic_owner;
    execute format('insert into common.clinics values (%1$L, %1$L);
        create table %1$I.patients (id bigint generated always as identity primary key,
            name text unique not null, customer_id bigint);
        create table %1$I.visits (id bigint generated always as identity primary key,
            patient bigint not null references %1$I.patients on delete cascade,
            diagnosis text references common.diagnoses, note text);
        create table %1$I.labels (id bigint generated always as identity primary key, text text);
        create view %1$I.notes as select p.name, v.note from %1$I.patients p
            join %1$I.visits v on v.patient = p.id;', nsp);
    for i in 1..3 loop
        execute format('insert into %1$I.patients (name, customer_id) values (%2$L, %3$s);
            insert into %1$I.visits (patient, diagnosis, note)
                select max(id), ''A00'', %4$L from %1$I.patients;
            insert into %1$I.labels (text) values (%5$L)',
            nsp, i || ' patient ' || word, i, 'note ' || word, 'label ' || word);
    end loop;
    reset role;
    perform common.after_opening(nsp, word);
end $$;
create function common.close_clinic(nsp text) returns void language plpgsql as $$
begin
    delete from common.clinics c where c.nsp = close_clinic.nsp;
    execute format('drop schema if exists %1$I cascade; drop owned by %1$I; drop role %1$I', nsp);
end $$;
revoke execute on function common.open_clinic, common.close_clinic, common.after_opening from public;
