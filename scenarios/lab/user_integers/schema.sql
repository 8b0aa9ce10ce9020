-- The shared tables of all tenants. Runs as their owner, which is neither the application nor a
-- superuser.

CREATE TABLE tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    subdomain varchar(63) NOT NULL UNIQUE CHECK (subdomain ~ '^[a-z0-9][a-z0-9-]*$'),
    plan_type varchar(16) NOT NULL DEFAULT 'free'
        CHECK (plan_type IN ('free', 'pro', 'enterprise')),
    -- Nothing: the plan's own.
    max_users integer CHECK (max_users > 0),
    max_api_calls_per_month bigint CHECK (max_api_calls_per_month > 0),
    status varchar(16) NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'suspended', 'cancelled', 'deleting')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    username varchar(255) NOT NULL,
    password_digest text NOT NULL,
    -- A digest of the key, which is shown to its user once.
    api_key char(64) NOT NULL,
    role varchar(16) NOT NULL DEFAULT 'user' CHECK (role IN ('admin', 'user')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, username),
    UNIQUE (tenant_id, api_key)
);
CREATE INDEX users_newest ON users (tenant_id, created_at DESC, id);

CREATE TABLE user_integers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    value bigint NOT NULL,
    pinned boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT user_integers_tenant
        FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT user_integers_user
        FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX user_integers_newest ON user_integers (tenant_id, user_id, created_at DESC, id);

CREATE TABLE tenant_usage (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    month_year char(7) NOT NULL,
    api_calls_count bigint NOT NULL DEFAULT 0,
    storage_used_mb numeric(14, 6) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, month_year)
);

-- What a connection is for: it belongs to one tenant's pool, and the database holds it to that.
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON users
    USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, users, user_integers, tenant_usage
    TO integers_app;
