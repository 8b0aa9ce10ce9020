-- A backup of one tenant: its rows and nobody else's, and what all others have, as a checksum. Two
-- tenants are made for it, so that nobody else's data depends on the rehearsal.

DROP SCHEMA IF EXISTS tenant_backup CASCADE;
DELETE FROM public.tenants WHERE subdomain IN ('rehearsal-a', 'rehearsal-b');

INSERT INTO public.tenants (name, subdomain)
VALUES ('Rehearsal A', 'rehearsal-a'), ('Rehearsal B', 'rehearsal-b');
INSERT INTO public.users (tenant_id, username, password_digest, api_key)
    SELECT id, 'member', 'unset', encode(sha256(subdomain::bytea), 'hex') FROM public.tenants
    WHERE subdomain IN ('rehearsal-a', 'rehearsal-b');
INSERT INTO public.user_integers (tenant_id, user_id, value)
    SELECT u.tenant_id, u.id, n FROM public.users u
    JOIN public.tenants t ON t.id = u.tenant_id, generate_series(1, 500) AS n
    WHERE t.subdomain IN ('rehearsal-a', 'rehearsal-b');

CREATE SCHEMA tenant_backup;
CREATE TABLE tenant_backup.tenant AS SELECT * FROM public.tenants WHERE subdomain = 'rehearsal-a';
CREATE TABLE tenant_backup.users AS
    SELECT u.* FROM public.users u JOIN tenant_backup.tenant t ON t.id = u.tenant_id;
CREATE TABLE tenant_backup.user_integers AS
    SELECT i.* FROM public.user_integers i JOIN tenant_backup.tenant t ON t.id = i.tenant_id;
CREATE TABLE tenant_backup.others AS
    SELECT (SELECT md5(string_agg(u::text, ',' ORDER BY u.id)) FROM public.users u
            WHERE u.tenant_id <> (SELECT id FROM tenant_backup.tenant)) AS users,
           (SELECT md5(string_agg(i::text, ',' ORDER BY i.id)) FROM public.user_integers i
            WHERE i.tenant_id <> (SELECT id FROM tenant_backup.tenant)) AS integers;
