#include "scenarios/lab/core/pgbouncer.hpp"

#include "harness/base/assert.hpp"
#include "harness/base/clock.hpp"
#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/stores/postgres.hpp"
#include "scenarios/lab/core/time.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace watertight::lab {

using namespace std::chrono_literals;

static constexpr auto start_budget = 20s;
static constexpr std::size_t clients_max = 1000;

static std::string configuration_text(
    std::string const& folder, std::uint16_t port, std::uint16_t server_port, std::size_t pool_size
)
{
    // No reset query: in this mode PgBouncer sends none between transactions, and a service has to
    // be right without one.
    return fmt::format(
        "[databases]\n* = host=127.0.0.1 port={}\n\n[pgbouncer]\n"
        "listen_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\n"
        "auth_type = scram-sha-256\nauth_file = {}/logins\n"
        "pool_mode = transaction\ndefault_pool_size = {}\nmax_client_conn = {}\n"
        "server_login_retry = 1\nlog_connections = 0\nlog_disconnections = 0\nlog_stats = 0\n",
        server_port,
        port,
        folder,
        pool_size,
        clients_max
    );
}

// Readable by the server's account alone, as passwords stand in one of them.
static void
write_private(std::string const& path, std::string const& text, std::string const* account)
{
    write_file(path, text).value();
    ::chmod(path.c_str(), 0600);
    if (account != nullptr) give_to(path, *account);
}

private_pgbouncer::private_pgbouncer(
    std::string const& folder, private_postgres const& server, pooler_options options
)
    : folder_(folder + "/pgbouncer"), options_(std::move(options)), port_(free_port())
{
    WT_ASSERT(!options_.logins.empty());
    std::filesystem::create_directory(folder_);
    auto const account = server_account();
    auto const* const to = account ? &*account : nullptr;
    std::string logins;
    for (auto const& l : options_.logins)
        logins += fmt::format("\"{}\" \"{}\"\n", l.user, l.password);
    write_private(folder_ + "/logins", logins, to);
    auto const ini = folder_ + "/pgbouncer.ini";
    auto const text = configuration_text(folder_, port_, server.port(), options_.pool_size);
    write_private(ini, text, to);
    if (to != nullptr) give_to(folder_, *to);

    program const pooler{
        .path = find_program("pgbouncer", "pgbouncer"),
        .arguments = {ini},
        .account = account,
        .log = folder_ + ".log",
    };
    process_ = std::make_unique<child_process>(pooler);
}

asio::awaitable<void> private_pgbouncer::ready(std::string database)
{
    auto const executor = co_await asio::this_coro::executor;
    auto const end = steady::now() + start_budget;
    auto const address = url(options_.logins.front().user, database);
    while (true) {
        auto const link = co_await stores::postgres::connect(executor, address, 2s);
        if (link) co_return;
        if (!process_->is_running() || steady::now() > end) {
            throw run_error{fmt::format(
                "PgBouncer did not start: {}\n{}", link.error().message, log_tail(folder_ + ".log")
            )};
        }
        co_await pause(10ms);
    }
}

std::string private_pgbouncer::url(std::string const& user, std::string const& database) const
{
    auto const known = std::ranges::find(options_.logins, user, &pooler_options::login::user);
    WT_ASSERT(known != options_.logins.end());
    return fmt::format("postgres://{}:{}@127.0.0.1:{}/{}", user, known->password, port_, database);
}

} // namespace watertight::lab
