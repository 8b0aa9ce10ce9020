-- The tenant of the backup loses its users and integers and gets them back.
-- Fails unless it has exactly what it had, and everybody else, too.

BEGIN;

DELETE FROM public.users WHERE tenant_id = (SELECT id FROM tenant_backup.tenant);
INSERT INTO public.users SELECT * FROM tenant_backup.users;
INSERT INTO public.user_integers SELECT * FROM tenant_backup.user_integers;

DO $$
DECLARE
    tenant uuid := (SELECT id FROM tenant_backup.tenant);
    astray bigint;
    others tenant_backup.others%ROWTYPE;
BEGIN
    IF (SELECT count(*) FROM public.user_integers WHERE tenant_id = tenant) <> 500 THEN
        RAISE EXCEPTION 'the tenant has not as many integers as before';
    END IF;
    SELECT count(*) INTO astray FROM (
        TABLE tenant_backup.user_integers
        EXCEPT SELECT * FROM public.user_integers WHERE tenant_id = tenant) difference;
    IF astray > 0 THEN RAISE EXCEPTION '% integers are not as they were', astray; END IF;

    SELECT (SELECT md5(string_agg(u::text, ',' ORDER BY u.id)) FROM public.users u
            WHERE u.tenant_id <> tenant),
           (SELECT md5(string_agg(i::text, ',' ORDER BY i.id)) FROM public.user_integers i
            WHERE i.tenant_id <> tenant)
    INTO others;
    IF others IS DISTINCT FROM (SELECT o FROM tenant_backup.others o) THEN
        RAISE EXCEPTION 'the restore of one tenant changed another';
    END IF;
END $$;

DROP SCHEMA tenant_backup CASCADE;
DELETE FROM public.tenants WHERE subdomain IN ('rehearsal-a', 'rehearsal-b');

COMMIT;
