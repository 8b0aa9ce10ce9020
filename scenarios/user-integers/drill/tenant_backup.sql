-- A backup of one tenant: its rows and nobody else's, and what all others have, as a checksum.
-- The tenant is the one that has most integers.

DROP SCHEMA IF EXISTS tenant_backup CASCADE;
CREATE SCHEMA tenant_backup;

CREATE TABLE tenant_backup.tenant AS
    SELECT t.* FROM public.tenants t
    LEFT JOIN public.user_integers i ON i.tenant_id = t.id
    WHERE t.status = 'active'
    GROUP BY t.id ORDER BY count(i.id) DESC, t.id LIMIT 1;
CREATE TABLE tenant_backup.users AS
    SELECT u.* FROM public.users u JOIN tenant_backup.tenant t ON t.id = u.tenant_id;
CREATE TABLE tenant_backup.user_integers AS
    SELECT i.* FROM public.user_integers i JOIN tenant_backup.tenant t ON t.id = i.tenant_id;
CREATE TABLE tenant_backup.others AS
    SELECT coalesce((SELECT md5(string_agg(u::text, ',' ORDER BY u.id)) FROM public.users u
                     WHERE u.tenant_id <> (SELECT id FROM tenant_backup.tenant)), '') AS users,
           coalesce((SELECT md5(string_agg(i::text, ',' ORDER BY i.id))
                     FROM public.user_integers i
                     WHERE i.tenant_id <> (SELECT id FROM tenant_backup.tenant)), '') AS integers;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM tenant_backup.user_integers) THEN
        RAISE EXCEPTION 'no tenant has an integer, so a restore would prove nothing';
    END IF;
END $$;
