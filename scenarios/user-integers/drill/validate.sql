-- Is every row the default tenant's, and every integer its user's tenant's? Fails if not.

DO $$
DECLARE
    astray bigint;
BEGIN
    SELECT count(*) INTO astray FROM users u
    WHERE NOT EXISTS (SELECT FROM tenants t WHERE t.id = u.tenant_id AND t.subdomain = 'default');
    IF astray > 0 THEN RAISE EXCEPTION '% users are not the default tenant''s', astray; END IF;

    SELECT count(*) INTO astray FROM user_integers i
    WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = i.user_id AND u.tenant_id = i.tenant_id);
    IF astray > 0 THEN RAISE EXCEPTION '% integers are in another tenant than their user', astray;
    END IF;
END $$;
