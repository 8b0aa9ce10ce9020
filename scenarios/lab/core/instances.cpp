#include "scenarios/lab/core/instances.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/redis.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/time.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace watertight::lab {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

static constexpr auto start_budget = 20s;
static constexpr char const* superuser = "lab_superuser";

std::string random_password()
{
    auto const raw = random_bytes(16);
    return hex(std::span{reinterpret_cast<unsigned char const*>(raw.data()), raw.size()});
}

std::optional<std::string> server_account()
{
    if (::geteuid() != 0) return std::nullopt;
    return "postgres";
}

std::string log_tail(std::string const& path)
{
    auto const text = read_file(path);
    if (!text) return "there is no log";
    auto const from = text->size() > 800 ? text->size() - 800 : 0;
    return text->substr(from);
}

private_postgres::private_postgres(std::string const& folder)
    : folder_(folder + "/postgres"), password_(random_password())
{
    fs::create_directory(folder_);
    // A socket's path may have 107 characters; a longer one is simply done without.
    auto const fits = folder_.size() + std::string_view{"/.s.PGSQL.65535"}.size() <= 107;
    socket_folder_ = fits ? folder_ : "";
    auto const password_file = folder_ + "/password";
    write_file(password_file, password_).value();
    ::chmod(password_file.c_str(), 0600);
    auto const account = server_account();
    if (account) give_to(folder_, *account);
    if (account) give_to(password_file, *account);

    program initdb{
        .path = find_program("initdb", "postgresql"),
        .arguments =
            {"-D",
             folder_ + "/data",
             "-U",
             superuser,
             "--pwfile",
             password_file,
             "--auth=scram-sha-256",
             "--no-sync",
             "-E",
             "UTF8",
             "--no-locale"},
        .account = account,
        .log = folder_ + ".log",
    };
    process_ = std::make_unique<child_process>(initdb);
}

static std::vector<std::string> server_arguments(std::string const& folder)
{
    std::vector<std::string> out{"-D", folder + "/data"};
    for (auto const* const setting :
         {"listen_addresses=127.0.0.1",
          "fsync=off",
          "synchronous_commit=off",
          "full_page_writes=off",
          "shared_buffers=32MB",
          "max_connections=200",
          "wal_level=logical",
          "max_wal_senders=4",
          "autovacuum_naptime=10s",
          "password_encryption=scram-sha-256",
          "shared_preload_libraries=pg_stat_statements",
          "pg_stat_statements.max=1000",
          "log_min_messages=warning"})
    {
        out.emplace_back("-c");
        out.emplace_back(setting);
    }
    return out;
}

void private_postgres::start()
{
    if (process_->wait() != 0) {
        throw run_error{"initdb failed: " + log_tail(folder_ + ".log")};
    }
    fs::remove(folder_ + "/password");
    port_ = free_port();
    program server{
        .path = find_program("postgres", "postgresql"),
        .arguments = server_arguments(folder_),
        .account = server_account(),
        .log = folder_ + ".log",
        .parting_signal = SIGQUIT,
    };
    for (auto const& setting :
         {fmt::format("port={}", port_), "unix_socket_directories=" + socket_folder_})
    {
        server.arguments.emplace_back("-c");
        server.arguments.push_back(setting);
    }
    process_ = std::make_unique<child_process>(server);
}

asio::awaitable<void> private_postgres::ready()
{
    auto const executor = co_await asio::this_coro::executor;
    auto const end = steady::now() + start_budget;
    while (true) {
        auto const link =
            co_await stores::postgres::connect(executor, superuser_url("postgres"), 2s);
        if (link) co_return;
        if (!process_->is_running() || steady::now() > end) {
            throw run_error{fmt::format(
                "PostgreSQL did not start: {}\n{}", link.error().message, log_tail(folder_ + ".log")
            )};
        }
        co_await pause(20ms);
    }
}

std::string private_postgres::url(
    std::string const& user, std::string const& password, std::string const& database
) const
{
    return fmt::format("postgres://{}:{}@127.0.0.1:{}/{}", user, password, port_, database);
}

std::string private_postgres::superuser_url(std::string const& database) const
{
    return url(superuser, password_, database);
}

std::string private_postgres::address(std::string const& database) const
{
    return fmt::format("postgres://127.0.0.1:{}/{}?sslmode=disable", port_, database);
}

private_redis::private_redis(std::string const& folder)
    : folder_(folder), password_(random_password()), port_(free_port())
{
    auto const configuration = folder_ + "/redis.conf";
    auto const text = fmt::format(
        "bind 127.0.0.1\nport {}\nrequirepass {}\nsave \"\"\nappendonly no\ndir {}\ndaemonize no\n",
        port_,
        password_,
        folder_
    );
    write_file(configuration, text).value();
    ::chmod(configuration.c_str(), 0600);
    program server{
        .path = find_program("redis-server", "redis-server"),
        .arguments = {configuration},
        .account = {},
        .log = folder_ + "/redis.log",
    };
    process_ = std::make_unique<child_process>(server);
}

asio::awaitable<void> private_redis::ready()
{
    auto const executor = co_await asio::this_coro::executor;
    auto const end = steady::now() + start_budget;
    while (true) {
        auto const link = co_await stores::redis::connect(executor, url(), 2s);
        if (link) co_return;
        if (!process_->is_running() || steady::now() > end) {
            throw run_error{fmt::format(
                "Redis did not start: {}\n{}",
                link.error().message,
                log_tail(folder_ + "/redis.log")
            )};
        }
        co_await pause(10ms);
    }
}

std::string private_redis::url() const
{
    return fmt::format("redis://default:{}@127.0.0.1:{}", password_, port_);
}

} // namespace watertight::lab
