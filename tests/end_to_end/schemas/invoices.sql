-- Accounts with uuids and quoted names in mixed case; who asks stands in the claims of a token, and
-- the pooler's role becomes another that holds all privileges.
create schema "Ledger" authorization ledger_owner; grant usage on schema "Ledger" to ledger_user;
set role ledger_owner; set search_path = "Ledger";
create table "Account" ("Id" uuid primary key default gen_random_uuid(), "DisplayName" text not null);
create table "Invoice" ("Id" uuid primary key default gen_random_uuid(),
    "AccountId" uuid not null references "Account", "Number" integer not null, "Memo" text,
    unique ("AccountId", "Number"));
create table "InvoiceLine" ("InvoiceId" uuid not null references "Invoice" on delete cascade,
    "Position" integer not null, "Text" text, primary key ("InvoiceId", "Position"));
create table "Attachment" ("Id" uuid primary key default gen_random_uuid(),
    "OwnerAccount" uuid not null references "Account", "FileName" text);
create index on "Attachment" ("OwnerAccount");
create function claimed_account() returns uuid language sql stable set search_path = pg_catalog as $$
    select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'account', '')::uuid $$;
do $$ declare t text; begin
    foreach t in array array['Account', 'Invoice', 'InvoiceLine', 'Attachment'] loop
        execute format('alter table %1$I enable row level security;
            alter table %1$I force row level security;', t);
    end loop;
end $$;
create policy "Self" on "Account" to ledger_user using ("Id" = claimed_account());
create policy "Own" on "Invoice" to ledger_user using ("AccountId" = claimed_account());
create policy "OfInvoice" on "InvoiceLine" to ledger_user using (exists (
    select from "Invoice" i where i."Id" = "InvoiceLine"."InvoiceId" and i."AccountId" = claimed_account()));
create policy "Own" on "Attachment" to ledger_user using ("OwnerAccount" = claimed_account());
grant select, update ("DisplayName") on "Account" to ledger_user;
grant select, insert, update, delete on "Invoice", "InvoiceLine", "Attachment" to ledger_user;
reset role;
create function "Ledger".open_account(word text, out id uuid) language plpgsql as $$
declare invoice uuid;
begin
    insert into "Ledger"."Account" ("DisplayName") values (word) returning "Id" into id;
    for i in 1..3 loop
        insert into "Ledger"."Invoice" ("AccountId", "Number", "Memo") values (id, i, 'memo ' || word)
            returning "Id" into invoice;
        insert into "Ledger"."InvoiceLine" values (invoice, 1, 'line ' || word);
        insert into "Ledger"."Attachment" ("OwnerAccount", "FileName") values (id, i || ' ' || word);
    end loop;
end $$;
revoke execute on function "Ledger".open_account from public;
