#include "tests/support/guarded_server.hpp"

#include "tests/support/scripted_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

extern char** environ;

namespace watertight::test {

// $1 is the folder, $2 the port. Standard input carries commands; its end means that nobody needs
// the server any more. A session of its own, so that Ctrl-C does not end the watch before its duty.
static constexpr auto watch = R"sh(
trap '' INT TERM HUP
folder=$1 port=$2 pid=
quit() {
    [ -z "$pid" ] || { kill -s "$ending" "$pid"; wait "$pid"; } 2>/dev/null
    pid=
}
bring_up() {
    ( trap - INT TERM HUP; launch ) </dev/null >>"$folder/log" 2>&1 &
    pid=$!
    tries=0
    until answers >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
            tail -n 5 "$folder/log" | tr '\n' ' '; echo; return
        fi
        sleep 0.05
    done
    echo ready
}
prepare </dev/null >>"$folder/log" 2>&1
bring_up
while read -r command; do
    case $command in
        stop) quit; echo stopped ;;
        start) bring_up ;;
    esac
done
quit
rm -rf "$folder"
)sh";

static constexpr auto postgres_script = R"sh(
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -z "$bin" ] || PATH=$PATH:$bin
as=
[ "$(id -u)" != 0 ] || as='setpriv --reuid=postgres --regid=postgres --init-groups'
ending=QUIT
prepare() {
    printf %s 'open sesame' >"$folder/password"
    [ -z "$as" ] || chown -R postgres:postgres "$folder"
    cd "$folder"
    $as initdb -D "$folder/data" -U postgres -A scram-sha-256 --pwfile="$folder/password" \
        -E UTF8 --locale=C -N
}
launch() {
    cd "$folder"
    exec $as postgres -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories="$folder" -c fsync=off -c full_page_writes=off \
        -c synchronous_commit=off -c shared_buffers=16MB -c max_connections=30
}
answers() { pg_isready -q -h 127.0.0.1 -p "$port" -t 1; }
)sh";

// In place of what the primary's script does first; `primary` is its port.
static constexpr auto standby_script = R"sh(
prepare() {
    [ -z "$as" ] || chown -R postgres:postgres "$folder"
    cd "$folder"
    PGPASSWORD='open sesame' $as pg_basebackup -D "$folder/data" -R -X stream -c fast \
        -h 127.0.0.1 -p "$primary" -U postgres
}
)sh";

// `primary`, `database`, `user` and `word` are set before.
static constexpr auto pooler_script = R"sh(
ending=TERM
prepare() {
    cat >"$folder/pool.ini" <<END
[databases]
$database = host=127.0.0.1 port=$primary dbname=$database user=$user password=$word
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
auth_type = any
pool_mode = transaction
default_pool_size = 1
max_client_conn = 50
ignore_startup_parameters = extra_float_digits,options
END
    [ -z "$as" ] || chown -R postgres:postgres "$folder"
}
launch() { exec $as pgbouncer "$folder/pool.ini"; }
)sh";

static constexpr auto redis_script = R"sh(
ending=KILL
prepare() { :; }
launch() {
    exec redis-server --bind 127.0.0.1 --port "$port" --unixsocket "$folder/redis.sock" \
        --dir "$folder" --save '' --appendonly no --requirepass open-sesame
}
answers() { redis-cli -p "$port" -a open-sesame ping | grep -q PONG; }
)sh";

// One port on several loopback addresses: each speaks another way.
static constexpr auto nginx_script = R"sh(
ending=QUIT
prepare() {
    cd "$folder"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=nginx.localhost \
        -addext subjectAltName=DNS:nginx.localhost,IP:127.0.0.3 -keyout key.pem -out cert.pem
    head -c 200000 /dev/zero | tr '\0' x >large
    user=
    [ "$(id -u)" != 0 ] || user='user root;'
    cat >nginx.conf <<END
daemon off;
$user
worker_processes 1;
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $folder; proxy_temp_path $folder; fastcgi_temp_path $folder;
    uwsgi_temp_path $folder; scgi_temp_path $folder;
    default_type text/plain;
    gzip on; gzip_min_length 0; gzip_types text/plain;
    ssl_certificate $folder/cert.pem;
    ssl_certificate_key $folder/key.pem;
    ssl_client_certificate $folder/cert.pem;
    ssl_verify_client optional;
    ssl_session_cache shared:tls:1m;
    keepalive_requests 1000000;
    server {
        listen 127.0.0.1:$port;
        listen [::1]:$port;
        listen unix:$folder/nginx.sock;
        listen 127.0.0.2:$port http2;
        listen 127.0.0.3:$port ssl http2;
        location / { return 200 "\$http_x_tenant_id"; }
        location /tls { return 200 "\$ssl_session_reused \$ssl_client_verify \$server_protocol"; }
        location /large { root $folder; }
    }
    server {
        listen 127.0.0.4:$port http2;
        keepalive_requests 5;
        location / { return 200 "\$http_x_tenant_id"; }
    }
}
END
}
launch() { exec nginx -p "$folder" -c "$folder/nginx.conf"; }
answers() { curl -s "http://127.0.0.1:$port/"; }
)sh";

guarded_server::guarded_server(std::string_view kind, std::string const& script)
    : folder_{kind}, port_{free_port()}
{
    spawn(script + watch);
    expect("ready");
}

guarded_server::~guarded_server()
{
    ::close(to_shell_);
    ::waitpid(shell_, nullptr, 0);
    ::close(from_shell_);
}

void guarded_server::spawn(std::string const& script)
{
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error{"no pipe for the watching shell"};
    }
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    std::array<std::string, 6> words{
        "sh", "-c", script, "sh", folder_.path(), std::to_string(port_)};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    auto const error =
        ::posix_spawn(&shell_, "/bin/sh", &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(in[0]);
    ::close(out[1]);
    to_shell_ = in[1];
    from_shell_ = out[0];
    if (error != 0) throw std::runtime_error{"no shell to watch over the server"};
}

void guarded_server::expect(std::string_view word)
{
    std::string line;
    for (char c{}; ::read(from_shell_, &c, 1) == 1 && c != '\n';) line += c;
    if (line == word) return;
    throw std::runtime_error{fmt::format("the server in {} failed: {}", folder().string(), line)};
}

void guarded_server::say(std::string_view word) const
{
    auto const line = std::string{word} + '\n';
    if (::write(to_shell_, line.data(), line.size()) < 0) {
        throw std::runtime_error{"the watching shell is gone"};
    }
}

void guarded_server::stop()
{
    say("stop");
    expect("stopped");
}

void guarded_server::start()
{
    say("start");
    expect("ready");
}

postgres_server::postgres_server() : guarded_server{"postgres", postgres_script}
{
}

std::string postgres_server::url() const
{
    return fmt::format("postgres://postgres:open%20sesame@127.0.0.1:{}/postgres", port());
}

postgres_standby::postgres_standby(postgres_server const& primary)
    : guarded_server{
          "standby",
          fmt::format("{}\nprimary={}\n{}", postgres_script, primary.port(), standby_script)}
{
}

std::string postgres_standby::url() const
{
    return fmt::format("postgres://postgres:open%20sesame@127.0.0.1:{}/postgres", port());
}

pooler_server::pooler_server(
    postgres_server const& server,
    std::string const& database,
    std::string const& user,
    std::string const& word
)
    : guarded_server{
          "pooler",
          fmt::format(
              "{}\nprimary={} database={} user={} word={}\n{}",
              postgres_script,
              server.port(),
              database,
              user,
              word,
              pooler_script
          )}
{
}

redis_server::redis_server() : guarded_server{"redis", redis_script}
{
}

nginx_server::nginx_server() : guarded_server{"nginx", nginx_script}
{
}

std::string redis_server::url() const
{
    return fmt::format("redis://:{}@127.0.0.1:{}", password, port());
}

} // namespace watertight::test
