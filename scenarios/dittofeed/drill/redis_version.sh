#!/bin/sh
# Redis 6 or later, by its own word.
set -eu
version=$(redis-cli -u "$DITTOFEED_REDIS_URL" --no-auth-warning INFO server |
    sed -n 's/^redis_version:\([0-9]*\).*/\1/p')
echo "Redis $version"
[ "${version:-0}" -ge 6 ]
