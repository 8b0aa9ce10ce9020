#pragma once

#include "tests/support/temp_dir.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace watertight::test {

/// A server process in a folder of its own. A shell watches over it: when this object or the whole
/// test process goes, however that happens, the shell ends the server and removes the folder.
class guarded_server {
public:
    guarded_server(guarded_server const&) = delete;
    guarded_server& operator=(guarded_server const&) = delete;

    /// Ends the server at once, as a crash would; returns when it is gone.
    void stop();
    /// Starts it again on the same port with the same data; returns when it answers.
    void start();

    std::uint16_t port() const noexcept { return port_; }
    std::filesystem::path const& folder() const noexcept { return folder_.path(); }

protected:
    /// @param script  shell text that defines prepare, launch (must `exec`), answers and end.
    explicit guarded_server(std::string_view kind, std::string const& script);
    ~guarded_server();

private:
    void spawn(std::string const& script);
    void expect(std::string_view word);
    void say(std::string_view word) const;

    temp_dir folder_;
    std::uint16_t port_;
    pid_t shell_ = -1;
    int to_shell_ = -1;
    int from_shell_ = -1;
};

/// A private PostgreSQL with the superuser `postgres`, whose password is asked for over TCP and
/// over its Unix socket.
class postgres_server : public guarded_server {
public:
    postgres_server();

    static constexpr char const* password = "open sesame";
    /// postgres://user:password@127.0.0.1:port/postgres
    std::string url() const;
};

/// A streaming replica of it, which answers what reads alone.
class postgres_standby : public guarded_server {
public:
    explicit postgres_standby(postgres_server const& primary);

    /// As the primary's, to this server.
    std::string url() const;
};

/// A PgBouncer in transaction mode before one database of it, with one session of the server's for
/// all clients, whatever name and password they give; the server is given these.
class pooler_server : public guarded_server {
public:
    pooler_server(
        postgres_server const& server,
        std::string const& database,
        std::string const& user,
        std::string const& word
    );
};

/// A private Redis with a password and a Unix socket beside its port.
class redis_server : public guarded_server {
public:
    redis_server();

    static constexpr char const* password = "open-sesame";
    /// redis://:password@127.0.0.1:port
    std::string url() const;
    std::filesystem::path socket() const { return folder() / "redis.sock"; }
};

/// A private MongoDB-wire server: mongod where there is one, else the lab's own over a private
/// PostgreSQL. Who logs in (by PLAIN, with a PostgreSQL role) is asked for by the latter alone.
class mongo_server {
public:
    /// @throws std::runtime_error where neither can be had: what needs one must not pass unseen.
    mongo_server();
    ~mongo_server();

    /// mongodb://user:password@127.0.0.1:port/?...; without credentials for a mongod.
    std::string url() const;
    std::string url(std::string const& user, std::string const& password) const;
    std::uint16_t port() const;
    bool asks_for_password() const noexcept { return store_ != nullptr; }
    /// Ends and starts the wire server; what is stored stays.
    void stop();
    void start();

private:
    class process;
    std::unique_ptr<postgres_server> store_;
    std::unique_ptr<process> process_;
};

/// A private nginx that repeats the X-Tenant-ID of each request. On its port it speaks HTTP/1.1 at
/// 127.0.0.1 and ::1, HTTP/2 without TLS at 127.0.0.2, both with TLS at 127.0.0.3, and at
/// 127.0.0.4 HTTP/2 again, with five requests a connection.
class nginx_server : public guarded_server {
public:
    nginx_server();

    std::filesystem::path socket() const { return folder() / "nginx.sock"; }
    /// Self-signed, for nginx.localhost and 127.0.0.3; also taken from clients.
    std::filesystem::path certificate() const { return folder() / "cert.pem"; }
    std::filesystem::path key() const { return folder() / "key.pem"; }
};

} // namespace watertight::test
