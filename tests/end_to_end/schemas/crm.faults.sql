-- round: rows of others
-- finds: postgres.row_ownership postgres public.crm_line
-- finds: postgres.row_ownership postgres public.crm_attachment
-- finds: postgres.row_ownership postgres public.crm_order_tags by
-- finds: postgres.row_ownership postgres public.crm_historicalorder
create function misfile() returns trigger language plpgsql as $$ begin
    if tg_table_name = 'crm_line' then new.order_id := (select min(id) from crm_order); end if;
    if tg_table_name = 'crm_attachment' then new.organisation_id := null; end if;
    if tg_table_name = 'crm_order_tags' then new.tag_id := (select min(id) from crm_tag); end if;
    if tg_table_name = 'crm_historicalorder' then
        new.organisation_id := (select min(id) from crm_organisation); end if;
    return new; end $$;
create trigger misfile before insert on crm_line for each row when (new.id % 3 = 0) execute function misfile();
create trigger misfile before insert on crm_attachment for each row when (new.id % 3 = 0) execute function misfile();
create trigger misfile before insert on crm_order_tags for each row execute function misfile();
create trigger misfile before insert on crm_historicalorder for each row when (new.history_id % 3 = 0)
    execute function misfile();
-- round: rows of nobody, and of all
-- finds: postgres.row_ownership postgres public.crm_outbox
-- finds: postgres.row_ownership postgres public.crm_order by ship_to_id
-- finds: postgres.row_ownership postgres public.crm_order_summary
create function misfile() returns trigger language plpgsql security definer as $$ begin
    if tg_table_name = 'crm_order' then new.ship_to_id := (select min(id) from crm_address);
    elsif tg_when = 'BEFORE' then new.organisation_id := 0;
    else refresh materialized view crm_order_summary; end if;
    return new; end $$;
create trigger misfile before insert on crm_order for each row execute function misfile();
create trigger misfile before insert on crm_outbox for each row when (new.id % 3 = 0) execute function misfile();
drop materialized view crm_order_summary;
create materialized view crm_order_summary as select c.organisation_id, c.id as customer_id,
    (select max(remark) from crm_order) as latest from crm_customer c;
create constraint trigger refresh after insert on crm_outbox deferrable initially deferred
    for each row execute function misfile();
