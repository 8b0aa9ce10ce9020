#!/bin/sh
# Makes a backup and reads it again: its table of contents must name the workspaces' tables. A
# rehearsal keeps none; before a migration in earnest, the file is the point.
set -eu
umask 077
file=$(mktemp)
trap 'rm -f "$file"' EXIT
pg_dump --format=custom --no-sync --file="$file" "$DITTOFEED_POSTGRES_URL"
contents=$(pg_restore --list "$file")
for table in Segment Journey MessageTemplate WorkspaceMember; do
    case $contents in
        *"TABLE DATA public $table "*) ;;
        *) echo "the backup lacks the data of $table"; exit 1 ;;
    esac
done
echo "$(wc -c < "$file") bytes"
