-- round: what is shown
-- lints: postgres.unset_context "Own" on "Ledger"."Attachment"
-- lints: postgres.materialised_view "Ledger"."Memos"
-- lints: postgres.unique_without_tenant "FileNames" on "Ledger"."Attachment"
-- finds: postgres.row_security postgres Ledger.InvoiceLine
-- finds: postgres.row_security postgres Ledger.Attachment
-- finds: postgres.unguarded_relations postgres Ledger.Memos
-- finds: postgres.key_oracle postgres Ledger.Attachment
alter policy "OfInvoice" on "Ledger"."InvoiceLine" using (exists (select from "Ledger"."Invoice" i
    where i."Id" = "InvoiceLine"."InvoiceId") or "Position" > 0);
alter policy "Own" on "Ledger"."Attachment" using ("OwnerAccount" =
    coalesce("Ledger".claimed_account(), "OwnerAccount"));
create materialized view "Ledger"."Memos" as select "Memo" from "Ledger"."Invoice";
grant select on "Ledger"."Memos" to ledger_user;
create function "Ledger".refresh() returns trigger language plpgsql security definer as $$ begin
    refresh materialized view "Ledger"."Memos"; return null; end $$;
create constraint trigger refresh after insert on "Ledger"."Invoice" deferrable initially deferred
    for each row execute function "Ledger".refresh();
create unique index "FileNames" on "Ledger"."Attachment" ("FileName");
-- round: what is written
-- lints: postgres.always_true "Rename" on "Ledger"."Account"
-- lints: postgres.write_check "OfInvoice" on "Ledger"."InvoiceLine"
-- lints: postgres.write_check "Own" on "Ledger"."Attachment"
-- finds: postgres.cross_writes postgres Ledger.Account UPDATE
-- finds: postgres.cross_writes postgres Ledger.InvoiceLine INSERT
-- finds: postgres.cross_writes postgres Ledger.Attachment UPDATE without WHERE
create policy "Rename" on "Ledger"."Account" for update to ledger_user using (true);
create policy "Look" on "Ledger"."Account" for select to ledger_user using ("DisplayName" is not null);
alter policy "OfInvoice" on "Ledger"."InvoiceLine" with check ("Text" is not null);
alter policy "Own" on "Ledger"."Attachment" with check (true);
