-- From one tenant to many: every user and every integer becomes the default tenant's. Runs twice
-- with the same end. The former release goes on working meanwhile and afterwards, because the new
-- column has a default; so both can serve while users move from one to the other.

BEGIN;
SET LOCAL lock_timeout = '30s';

CREATE TABLE IF NOT EXISTS tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    subdomain varchar(63) NOT NULL UNIQUE,
    plan_type varchar(16) NOT NULL DEFAULT 'free',
    max_users integer,
    max_api_calls_per_month bigint,
    status varchar(16) NOT NULL DEFAULT 'active',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO tenants (id, name, subdomain, plan_type)
VALUES ('00000000-0000-4000-8000-000000000001', 'Default Tenant', 'default', 'enterprise')
ON CONFLICT (subdomain) DO NOTHING;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'integers_app') THEN
        GRANT SELECT ON tenants TO integers_app;
    END IF;
END $$;

ALTER TABLE users ADD COLUMN IF NOT EXISTS tenant_id uuid;
ALTER TABLE users ADD COLUMN IF NOT EXISTS role varchar(16) NOT NULL DEFAULT 'user';
ALTER TABLE user_integers ADD COLUMN IF NOT EXISTS tenant_id uuid;
ALTER TABLE users ALTER COLUMN tenant_id
    SET DEFAULT '00000000-0000-4000-8000-000000000001';
ALTER TABLE user_integers ALTER COLUMN tenant_id
    SET DEFAULT '00000000-0000-4000-8000-000000000001';

UPDATE users SET tenant_id = (SELECT id FROM tenants WHERE subdomain = 'default')
WHERE tenant_id IS NULL;
UPDATE user_integers i SET tenant_id = u.tenant_id FROM users u
WHERE u.id = i.user_id AND i.tenant_id IS NULL;

ALTER TABLE users ALTER COLUMN tenant_id SET NOT NULL;
ALTER TABLE user_integers ALTER COLUMN tenant_id SET NOT NULL;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'fk_users_tenant') THEN
        ALTER TABLE users ADD CONSTRAINT fk_users_tenant
            FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'fk_user_integers_tenant') THEN
        ALTER TABLE user_integers ADD CONSTRAINT fk_user_integers_tenant
            FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE;
    END IF;
END $$;

CREATE INDEX IF NOT EXISTS user_integers_by_tenant
    ON user_integers (tenant_id, user_id, created_at DESC, id);

COMMIT;
