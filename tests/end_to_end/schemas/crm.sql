-- No row security: the application, which owns the tables, adds the organisation to what it asks.
-- Tables of an object-relational mapper: parents in two steps, generic foreign keys, tables that
-- join two others, rows that are only marked as gone.
grant create, usage on schema public to crm_app;
set role crm_app; set search_path = public;
create table crm_organisation (id bigserial primary key, code text unique not null, name text);
create table auth_user (id bigserial primary key, email text unique not null);
create table crm_membership (id bigserial primary key, organisation_id bigint not null references crm_organisation,
    user_id bigint not null references auth_user, unique (organisation_id, user_id));
create table django_content_type (id serial primary key, app_label text, model text, unique (app_label, model));
create table crm_customer (id bigserial primary key, organisation_id bigint not null references crm_organisation, name text, deleted_at timestamptz);
create table crm_address (id bigserial primary key, organisation_id bigint not null references crm_organisation, street text);
create table crm_order (id bigserial primary key, customer_id bigint not null references crm_customer, ship_to_id bigint references crm_address, remark text);
create table crm_line (id bigserial primary key, order_id bigint not null references crm_order, text text);
create table crm_tag (id bigserial primary key, organisation_id bigint not null references crm_organisation, name text, unique (organisation_id, name));
create table crm_order_tags (id bigserial primary key, order_id bigint not null references crm_order, tag_id bigint not null references crm_tag, unique (order_id, tag_id));
create table crm_note (id bigserial primary key, content_type_id integer not null references django_content_type, object_id bigint not null, text text);
create table crm_attachment (id bigserial primary key, organisation_id bigint references crm_organisation, content_type_id integer references django_content_type, object_id bigint, file text, deleted_at timestamptz);
create table crm_historicalorder (history_id bigserial primary key, id bigint not null, organisation_id bigint not null, remark text);
create table crm_outbox (id bigserial primary key, organisation_id bigint not null, payload jsonb);
create table django_session (session_key text primary key, session_data text, expire_date timestamptz);
create index on crm_customer (organisation_id); create index on crm_address (organisation_id);
create index on crm_historicalorder (organisation_id); create index on crm_outbox (organisation_id); create index on crm_attachment (organisation_id);
create materialized view crm_order_summary as select c.organisation_id, c.id as customer_id, max(o.remark) as latest from crm_order o join crm_customer c on c.id = o.customer_id group by 1, 2;
reset role;
create function open_organisation(wanted text, word text, out code text) language plpgsql as $$
declare org bigint; person bigint; customer bigint; address bigint; o bigint; tag bigint;
begin
    insert into crm_organisation (code, name) values (wanted, wanted) returning crm_organisation.code, id into code, org;
    insert into auth_user (email) values (wanted || '@crm.test') returning id into person;
    insert into crm_membership (organisation_id, user_id) values (org, person);
    insert into django_content_type (app_label, model) values ('crm', 'order') on conflict do nothing;
    insert into crm_tag (organisation_id, name) values (org, 'tag ' || word) returning id into tag;
    for i in 1..3 loop
        insert into crm_customer (organisation_id, name) values (org, 'customer ' || word) returning id into customer;
        insert into crm_address (organisation_id, street) values (org, 'street ' || word) returning id into address;
        insert into crm_order (customer_id, ship_to_id, remark) values (customer, address, 'order ' || word) returning id into o;
        insert into crm_line (order_id, text) values (o, 'line ' || word);
        insert into crm_order_tags (order_id, tag_id) values (o, tag);
        insert into crm_note (content_type_id, object_id, text) select id, o, 'note ' || word from django_content_type;
        insert into crm_attachment (organisation_id, content_type_id, object_id, file) select org, id, o, 'file ' || word from django_content_type;
        insert into crm_historicalorder (id, organisation_id, remark) values (o, org, 'order ' || word);
        insert into crm_outbox (organisation_id, payload) values (org, jsonb_build_object('text', 'order ' || word));
    end loop;
end $$;
create function close_organisation(of text) returns void language plpgsql as $$
declare org bigint := (select id from crm_organisation where code = of);
begin
    delete from crm_note n using crm_order o, crm_customer c where n.object_id = o.id and c.id = o.customer_id and c.organisation_id = org;
    delete from crm_order_tags t using crm_order o, crm_customer c where t.order_id = o.id and c.id = o.customer_id and c.organisation_id = org;
    delete from crm_order_tags t using crm_tag g where t.tag_id = g.id and g.organisation_id = org;
    delete from crm_line t using crm_order o, crm_customer c where t.order_id = o.id and c.id = o.customer_id and c.organisation_id = org;
    update crm_order set ship_to_id = null where ship_to_id in (select id from crm_address where organisation_id = org);
    delete from crm_order o using crm_customer c where c.id = o.customer_id and c.organisation_id = org;
    delete from crm_customer where organisation_id = org; delete from crm_address where organisation_id = org;
    delete from crm_tag where organisation_id = org; delete from crm_attachment where organisation_id = org or organisation_id is null;
    delete from crm_historicalorder where organisation_id = org; delete from crm_outbox where organisation_id = org;
    delete from crm_membership where organisation_id = org; delete from crm_organisation where id = org;
end $$;
revoke execute on function open_organisation, close_organisation from public;
