#include "tests/end_to_end/public/kinto_server.hpp"

#include "tests/end_to_end/cli/program.hpp"

#include <fmt/format.h>

namespace watertight::test {

static constexpr auto kinto_script = R"sh(
ending=TERM
prepare() {
    "$sources/install_kinto" "$installed" || return
    PATH=$installed/env/bin:$PATH
    cat >"$folder/kinto.ini" <<END
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = $port
threads = 8
[app:main]
use = egg:kinto
kinto.includes = kinto.plugins.accounts kinto.plugins.history
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = $store
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = $store
kinto.userid_hmac_secret = $password
multiauth.policies = account
multiauth.policy.account.use = kinto.plugins.accounts.AccountsPolicy
kinto.account_create_principals = account:admin
kinto.account_write_principals = account:admin
kinto.bucket_create_principals = account:admin
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(levelname)s %(message)s
END
    kinto migrate --ini "$folder/kinto.ini"
    kinto create-user --ini "$folder/kinto.ini" -u admin -p "$password"
}
launch() { exec kinto start --ini "$folder/kinto.ini" --port "$port"; }
answers() { curl -sf "http://127.0.0.1:$port/v1/__heartbeat__"; }
)sh";

// $behind: the port of what stands behind it.
static constexpr auto proxy_script = R"sh(
ending=QUIT
prepare() {
    user=
    [ "$(id -u)" != 0 ] || user='user root;'
    cat >"$folder/nginx.conf" <<END
daemon off;
$user
worker_processes 1;
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $folder/body; proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi; uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
    proxy_cache_path $folder/cache keys_zone=answers:1m;
    server {
        listen 127.0.0.1:$port;
        location / {
            proxy_pass http://127.0.0.1:$behind;
            proxy_set_header Host \$http_host;
            proxy_cache answers;
            proxy_cache_key \$request_uri;
            proxy_cache_valid 200 2s;
            proxy_ignore_headers Cache-Control Expires Vary;
        }
    }
}
END
}
launch() { exec nginx -p "$folder" -c "$folder/nginx.conf"; }
answers() { curl -sf "http://127.0.0.1:$port/v1/__heartbeat__"; }
)sh";

static std::string script_for(postgres_server const& store)
{
    // The driver's own scheme, the password with a space that the file's own escapes leave alone.
    auto const url =
        fmt::format("postgresql://postgres:open%%20sesame@127.0.0.1:{}/postgres", store.port());
    // Values before the functions that read them; none holds a quote.
    return fmt::format(
               "sources='{}/tests/end_to_end/public' installed='{}' store='{}' password='{}'\n",
               source_root(),
               WT_KINTO_FOLDER,
               url,
               kinto_server::password
           ) +
           kinto_script;
}

kinto_server::kinto_server(postgres_server const& store)
    : guarded_server{"kinto", script_for(store)}
{
}

caching_proxy::caching_proxy(std::uint16_t of)
    : guarded_server{"caching-proxy", fmt::format("behind={}\n", of) + proxy_script}
{
}

std::string caching_proxy::url() const
{
    return fmt::format("http://127.0.0.1:{}", port());
}

std::string kinto_server::url() const
{
    return fmt::format("http://127.0.0.1:{}", port());
}

} // namespace watertight::test
