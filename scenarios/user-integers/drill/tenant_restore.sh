#!/bin/sh
# Brings the rows of one tenant back as they were put aside, in place of those that it has.
set -eu
cd "$WATERTIGHT_FILES"
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 "$INTEGERS_POSTGRES_URL" <<'SQL'
BEGIN;
DELETE FROM public.users WHERE tenant_id = '00000000-0000-4000-8000-0000000000aa';
\copy public.users FROM 'users.rows'
\copy public.user_integers FROM 'user_integers.rows'
COMMIT;
SQL
