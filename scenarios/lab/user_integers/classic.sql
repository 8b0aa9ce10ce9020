-- The system before it had tenants, with data worth migrating.

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username varchar(255) NOT NULL UNIQUE,
    password_digest text NOT NULL DEFAULT 'unset',
    api_key char(64)
);

CREATE TABLE user_integers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    value bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX user_integers_newest ON user_integers (created_at DESC, id);

INSERT INTO users (id, username, api_key)
SELECT md5('user ' || n)::uuid, format('member%s', n), encode(sha256(n::text::bytea), 'hex')
FROM generate_series(1, 2000) AS n;

INSERT INTO user_integers (id, user_id, value, created_at)
SELECT md5('integer ' || n)::uuid,
       md5('user ' || (1 + n % 2000))::uuid,
       (n::bigint * 7919) % 1000003,
       timestamptz '2024-01-01 00:00:00+00' + n * interval '1 minute'
FROM generate_series(1, 8000) AS n;

GRANT SELECT, INSERT, UPDATE, DELETE ON users, user_integers TO integers_app;
