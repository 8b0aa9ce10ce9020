#!/bin/sh
# Puts the rows of one tenant aside, a file a table, in one snapshot.
set -eu
umask 077
cd "$WATERTIGHT_FILES"
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 "$INTEGERS_POSTGRES_URL" <<'SQL'
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
\copy (SELECT * FROM public.users WHERE tenant_id = '00000000-0000-4000-8000-0000000000aa') TO 'users.rows'
\copy (SELECT * FROM public.user_integers WHERE tenant_id = '00000000-0000-4000-8000-0000000000aa') TO 'user_integers.rows'
COMMIT;
SQL
wc -l users.rows user_integers.rows
