-- From one tenant to many: every existing row becomes the default tenant's. Runs twice with the
-- same end. While it runs and afterwards, code that knows no tenant goes on working, because the
-- new column has a default.

BEGIN;
SET LOCAL lock_timeout = '30s';

CREATE TABLE IF NOT EXISTS tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    slug varchar(63) NOT NULL UNIQUE,
    status varchar(16) NOT NULL DEFAULT 'active',
    plan varchar(16) NOT NULL DEFAULT 'basic'
);

INSERT INTO tenants (id, name, slug, status, plan)
VALUES ('00000000-0000-4000-8000-000000000001', 'Default Organization', 'default',
        'active', 'basic')
ON CONFLICT (slug) DO NOTHING;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'mis_app') THEN
        GRANT SELECT ON tenants TO mis_app;
    END IF;
END $$;

ALTER TABLE users ADD COLUMN IF NOT EXISTS tenant_id uuid;
ALTER TABLE media ADD COLUMN IF NOT EXISTS tenant_id uuid;
ALTER TABLE users ALTER COLUMN tenant_id SET DEFAULT '00000000-0000-4000-8000-000000000001';
ALTER TABLE media ALTER COLUMN tenant_id SET DEFAULT '00000000-0000-4000-8000-000000000001';

UPDATE users SET tenant_id = (SELECT id FROM tenants WHERE slug = 'default')
WHERE tenant_id IS NULL;
UPDATE media SET tenant_id = (SELECT id FROM tenants WHERE slug = 'default')
WHERE tenant_id IS NULL;

ALTER TABLE users ALTER COLUMN tenant_id SET NOT NULL;
ALTER TABLE media ALTER COLUMN tenant_id SET NOT NULL;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'fk_users_tenant') THEN
        ALTER TABLE users ADD CONSTRAINT fk_users_tenant
            FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'fk_media_tenant') THEN
        ALTER TABLE media ADD CONSTRAINT fk_media_tenant
            FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE;
    END IF;
END $$;

CREATE INDEX IF NOT EXISTS users_by_tenant ON users (tenant_id, created_at DESC, id);
CREATE INDEX IF NOT EXISTS media_by_tenant ON media (tenant_id, created_at DESC, id);

COMMIT;
