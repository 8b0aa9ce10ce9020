-- Two tenants with what a backup of one must hold and must leave alone, so that nobody else's data
-- depends on the rehearsal.

BEGIN;

DELETE FROM public.tenants WHERE subdomain IN ('rehearsal-a', 'rehearsal-b');

INSERT INTO public.tenants (id, name, subdomain)
VALUES ('00000000-0000-4000-8000-0000000000aa', 'Rehearsal A', 'rehearsal-a'),
       ('00000000-0000-4000-8000-0000000000bb', 'Rehearsal B', 'rehearsal-b');
INSERT INTO public.users (tenant_id, username, password_digest, api_key)
    SELECT id, 'member', 'unset', encode(sha256(subdomain::bytea), 'hex') FROM public.tenants
    WHERE subdomain IN ('rehearsal-a', 'rehearsal-b');
INSERT INTO public.user_integers (tenant_id, user_id, value)
    SELECT u.tenant_id, u.id, n FROM public.users u
    JOIN public.tenants t ON t.id = u.tenant_id, generate_series(1, 500) AS n
    WHERE t.subdomain IN ('rehearsal-a', 'rehearsal-b');

COMMIT;
