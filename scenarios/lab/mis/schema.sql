-- The shared tables of all tenants. Runs as their owner, which is neither the application nor a
-- superuser.

CREATE TABLE tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    slug varchar(63) NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]*$'),
    domain varchar(255),
    subdomain varchar(63) NOT NULL UNIQUE,
    status varchar(16) NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'suspended', 'deleting')),
    plan varchar(16) NOT NULL CHECK (plan IN ('basic', 'premium', 'enterprise', 'custom')),
    max_users integer CHECK (max_users > 0),
    max_storage_gb integer CHECK (max_storage_gb > 0),
    features jsonb NOT NULL DEFAULT '{}',
    settings jsonb NOT NULL DEFAULT '{}',
    key_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE tenant_configurations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    config_key varchar(255) NOT NULL,
    config_value jsonb NOT NULL,
    is_encrypted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, config_key)
);

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    email varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    role varchar(16) NOT NULL DEFAULT 'user' CHECK (role IN ('admin', 'user')),
    bio text,
    account_number bigint,
    password_hash text,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, email)
);
CREATE INDEX users_newest ON users (tenant_id, created_at DESC, id);

CREATE TABLE files (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    owner_id uuid,
    name varchar(255) NOT NULL,
    content_type varchar(255) NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256 char(64) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES users (tenant_id, id) ON DELETE SET NULL (owner_id)
);
CREATE INDEX files_newest ON files (tenant_id, created_at DESC, id);
CREATE INDEX files_owner ON files (tenant_id, owner_id);

CREATE TABLE media (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    owner_id uuid,
    title varchar(255) NOT NULL,
    caption text,
    size_bytes bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    status varchar(16) NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'published', 'archived')),
    cover_file_id uuid,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, id),
    CONSTRAINT media_cover FOREIGN KEY (tenant_id, cover_file_id)
        REFERENCES files (tenant_id, id) ON DELETE SET NULL (cover_file_id),
    CONSTRAINT media_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT media_owner FOREIGN KEY (tenant_id, owner_id)
        REFERENCES users (tenant_id, id) ON DELETE SET NULL (owner_id)
);
CREATE INDEX media_newest ON media (tenant_id, created_at DESC, id);
CREATE INDEX media_owner ON media (tenant_id, owner_id);

-- What was answered to requests that carried a key, for those that are sent again.
CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key varchar(255) NOT NULL,
    response text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, key)
);

CREATE TABLE biometric_enrolments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    template_sha256 char(64) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE audit_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    actor varchar(64) NOT NULL,
    action varchar(64) NOT NULL,
    resource varchar(255) NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_logs_newest ON audit_logs (tenant_id, created_at DESC, id);

-- The rows that tell most about a tenant are guarded twice: by each query, and by the database.
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;

ALTER TABLE tenant_configurations ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_configurations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON tenant_configurations
    USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON audit_logs
    USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE, DELETE
    ON tenants, tenant_configurations, users, files, media, biometric_enrolments TO mis_app;
GRANT SELECT, INSERT ON audit_logs, idempotency_keys TO mis_app;
