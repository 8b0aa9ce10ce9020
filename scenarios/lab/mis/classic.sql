-- The system before it had tenants, with data worth migrating.

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL UNIQUE,
    name varchar(255) NOT NULL,
    bio text,
    account_number bigint,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX users_newest ON users (created_at DESC, id);

CREATE TABLE media (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id uuid REFERENCES users (id) ON DELETE SET NULL,
    title varchar(255) NOT NULL,
    caption text,
    size_bytes bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO users (id, email, name, bio, account_number, created_at)
SELECT md5('user ' || n)::uuid,
       format('member%s@example.com', n),
       format('%s %s', (ARRAY['Ada', 'Ben', 'Cleo', 'Dov', 'Eva', 'Finn', 'Gita'])[1 + n % 7],
              (ARRAY['Adler', 'Brandt', 'Costa', 'Diaz', 'Ekman', 'Fischer'])[1 + n % 6]),
       format('Joined in batch %s', n / 100),
       4000000000000000 + n,
       timestamptz '2024-01-01 00:00:00+00' + n * interval '1 minute'
FROM generate_series(1, 5000) AS n;

INSERT INTO media (id, owner_id, title, caption, size_bytes, created_at)
SELECT md5('media ' || n)::uuid,
       md5('user ' || (1 + n % 5000))::uuid,
       format('Portrait %s', n),
       format('Taken for member %s', 1 + n % 5000),
       1000 + (n * 7919) % 100000,
       timestamptz '2024-02-01 00:00:00+00' + n * interval '1 minute'
FROM generate_series(1, 3000) AS n;

GRANT SELECT, INSERT, UPDATE, DELETE ON users, media TO mis_app;
