#include "scenarios/lab/core/mongo_instance.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/stores/mongo.hpp"
#include "scenarios/lab/core/setup.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace watertight::lab {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

static constexpr auto start_budget = 20s;
static constexpr char const* superuser = "lab_superuser";
// The PostgreSQL database that holds what the wire server stores.
static constexpr char const* backing_database = "mongo";

static std::string program_in_path(std::string const& name)
{
    auto const* const path = std::getenv("PATH");
    for (auto const folder : split(path == nullptr ? "" : path, ':')) {
        auto const candidate = fs::path{folder} / name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

static std::string program_beside_this(std::string const& name)
{
    std::error_code unreadable;
    auto const candidate = fs::read_symlink("/proc/self/exe", unreadable).parent_path() / name;
    return ::access(candidate.c_str(), X_OK) == 0 ? candidate.string() : std::string{};
}

private_mongo::private_mongo(std::string const& folder, private_servers const& earlier)
    : postgres_(earlier.get<private_postgres>()),
      folder_(folder + "/mongo"),
      password_(random_password()),
      path_(program_in_path("mongod"))
{
    is_mongod_ = !path_.empty();
    if (path_.empty()) path_ = program_beside_this("watertight-mongo-server");
    if (path_.empty()) {
        throw run_error{"this dialect needs MongoDB: no mongod is on the PATH, and no "
                        "watertight-mongo-server was built, which wants Go 1.22 or newer "
                        "(Debian: golang-1.23-go from backports)"};
    }
    fs::create_directory(folder_);
}

// Its URL names no account: each client's own is PostgreSQL's to judge.
static program wire_server(std::string const& path, std::string const& backing, std::uint16_t port)
{
    return {
        .path = "/usr/bin/env",
        .arguments = {fmt::format("LISTEN=127.0.0.1:{}", port), "POSTGRESQL_URL=" + backing, path},
        .account = {},
        .log = {},
        // It keeps nothing, and takes seconds to part politely.
        .parting_signal = SIGKILL,
    };
}

static program mongod(std::string const& path, std::string const& folder, std::uint16_t port)
{
    return {
        .path = path,
        .arguments =
            {"--dbpath",
             folder,
             "--port",
             std::to_string(port),
             "--bind_ip",
             "127.0.0.1",
             "--auth",
             "--quiet"},
        .account = {},
        .log = {},
    };
}

void private_mongo::start()
{
    port_ = free_port();
    auto what = is_mongod_ ? mongod(path_, folder_, port_)
                           : wire_server(path_, postgres_.address(backing_database), port_);
    what.log = folder_ + ".log";
    process_ = std::make_unique<child_process>(what);
}

// Under mongod the first account is made without one, which loopback alone may do.
asio::awaitable<void> private_mongo::make_superuser()
{
    auto const executor = co_await asio::this_coro::executor;
    auto open = fmt::format("mongodb://127.0.0.1:{}/", port_);
    auto link = co_await stores::mongo::connect(executor, std::move(open), 2s);
    if (!link) co_return;
    stores::mongo_document words;
    words["createUser"] = superuser;
    words["pwd"] = password_;
    words["roles"] = stores::mongo_document::array({"root"});
    static_cast<void>(co_await link->command("admin", std::move(words)));
}

asio::awaitable<void> private_mongo::ready()
{
    auto const executor = co_await asio::this_coro::executor;
    if (!is_mongod_) {
        std::vector<std::string> scripts{fmt::format("CREATE DATABASE {}", backing_database)};
        co_await run_sql(postgres_.superuser_url("postgres"), std::move(scripts));
    }
    auto const end = steady::now() + start_budget;
    while (true) {
        if (is_mongod_) co_await make_superuser();
        auto link = co_await stores::mongo::connect(executor, superuser_url(), 2s);
        // The wire server learns its catalogue from the first who asks; an account that cannot
        // read all of it would leave it with a part.
        if (link) {
            auto const known = co_await link->databases();
            if (known) co_return;
        }
        if (!process_->is_running() || steady::now() > end) {
            auto const log = read_file(folder_ + ".log");
            auto const why = link ? std::string{"it lists no databases"} : link.error().message;
            throw run_error{fmt::format(
                "MongoDB did not start: {}\n{}", why, log ? log->substr(0, 800) : "no log"
            )};
        }
        asio::steady_timer pause{executor, 20ms};
        co_await pause.async_wait(asio::use_awaitable);
    }
}

std::string private_mongo::url(std::string const& user, std::string const& password) const
{
    auto const* const options = is_mongod_ ? "authSource=admin" : "authMechanism=PLAIN";
    return fmt::format("mongodb://{}:{}@127.0.0.1:{}/?{}", user, password, port_, options);
}

std::string private_mongo::superuser_url() const
{
    return is_mongod_ ? url(superuser, password_) : url(superuser, postgres_.superuser_password());
}

asio::awaitable<void> private_mongo::add_account(std::string user, std::string password)
{
    if (!is_mongod_) {
        std::vector<std::string> scripts{fmt::format(
            // What the superuser brings back is the application's again; what another application
            // made is not.
            "CREATE ROLE {0} LOGIN PASSWORD '{1}'; GRANT CREATE ON DATABASE {2} TO {0};"
            " ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO {0};"
            " ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {0}",
            user,
            password,
            backing_database
        )};
        co_await run_sql(postgres_.superuser_url(backing_database), std::move(scripts));
        co_return;
    }
    auto const executor = co_await asio::this_coro::executor;
    auto link = co_await stores::mongo::connect(executor, superuser_url(), 5s);
    if (!link) throw run_error{link.error().message};
    stores::mongo_document words;
    words["createUser"] = user;
    words["pwd"] = password;
    words["roles"] = stores::mongo_document::array({"readWriteAnyDatabase", "dbAdminAnyDatabase"});
    auto const made = co_await link->command("admin", std::move(words));
    if (!made) throw run_error{made.error().message};
}

} // namespace watertight::lab
