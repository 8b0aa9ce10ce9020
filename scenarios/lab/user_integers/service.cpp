#include "scenarios/lab/core/service.hpp"

#include "harness/net/task_group.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/setup.hpp"
#include "scenarios/lab/user_integers/dialect.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"
#include "scenarios/lab/user_integers/sql.hpp"

#include <fmt/format.h>

namespace watertight::lab::user_integers {

// Per core. Together with the cores they stay well below the server's 200.
static constexpr std::size_t main_connections_max = 6;
static constexpr std::size_t tenants_connections_max = 8;
static constexpr std::size_t classic_connections_max = 6;
static constexpr std::size_t redis_connections_max = 16;

static routes make_routes()
{
    routes out;
    for (auto const add :
         {add_auth, add_tenants, add_users, add_integers, add_usage, add_operations, add_classic})
        add(out);
    return out;
}

struct store_urls {
    std::string main;
    std::string classic;
    std::string redis;
};

static constexpr char const* classic_fault_sql =
    "SET ROLE integers_owner; CREATE TABLE user_integers_v2 (LIKE user_integers INCLUDING "
    "DEFAULTS); "
    "ALTER TABLE user_integers_v2 ADD COLUMN tenant_id uuid; "
    "GRANT SELECT, INSERT, UPDATE ON user_integers_v2 TO integers_app";

class integers_service final : public routed_service<endpoint> {
public:
    integers_service(process_state& process, store_urls const& urls, asio::any_io_executor executor)
        : routed_service(make_routes()),
          state_{
              process,
              database{executor, urls.main, main_connections_max},
              tenant_connections{
                  executor, {urls.main, tenants_connections_max, process.faults.on("P14")}},
              database{executor, urls.classic, classic_connections_max},
              cache{executor, urls.redis, redis_connections_max},
          },
          own_tasks_(executor, 4)
    {
    }

    /// One core does what has to be done once.
    void start_own_tasks()
    {
        own_tasks_.try_spawn(report_on_owners(state_));
        own_tasks_.try_spawn(keep_usage(state_));
    }

    asio::awaitable<void> close() override
    {
        own_tasks_.cancel();
        co_await own_tasks_.join();
        co_await state_.main.close();
        co_await state_.classic.close();
    }

private:
    asio::awaitable<response> admit(arrival what, endpoint to) override
    {
        call c{std::move(what), state_};
        co_return co_await user_integers::admit(c, to);
    }

    core_state state_;
    net::task_group own_tasks_;
};

class integers_dialect final : public dialect {
public:
    explicit integers_dialect(surroundings const& around)
        : around_(around),
          postgres_(around.servers.get<private_postgres>()),
          app_password_(random_password()),
          process_{
              .asked = around.asked,
              .faults = around.faults,
              .tokens =
                  token_office{
                      {.key = random_password() + random_password(),
                       .accept_unsigned = around.faults.on("J07"),
                       .issuer = "https://integers.local",
                       .audience = "integers-api",
                       .accept_any_issuer = around.faults.on("J04"),
                       .accept_any_audience = around.faults.on("J05")}},
              .key_secret = random_bytes(32),
              .admin_token = random_password() + random_password(),
              .log = access_log{around.folder + "/access.log"},
          }
    {
    }

    asio::awaitable<void> prepare() override;
    name_values environment() const override;
    std::string url_name() const override { return "INTEGERS_URL"; }
    std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) override;

private:
    std::string app_url(std::string const& database) const
    {
        return postgres_.url("integers_app", app_password_, database);
    }

    surroundings around_;
    private_postgres const& postgres_;
    std::string app_password_;
    process_state process_;
};

asio::awaitable<void> integers_dialect::prepare()
{
    auto const roles = fmt::format(
        "CREATE ROLE integers_owner NOLOGIN; CREATE ROLE integers_app LOGIN PASSWORD {}",
        stores::quote_literal(app_password_)
    );
    std::vector<std::string> const databases{
        roles,
        "CREATE DATABASE integers OWNER integers_owner",
        "CREATE DATABASE integers_classic OWNER integers_owner"};
    co_await run_sql(postgres_.superuser_url("postgres"), databases);
    std::string const as_owner = "SET ROLE integers_owner; ";
    std::vector<std::string> const schema{as_owner + schema_sql + fault_sql(around_.faults)};
    co_await run_sql(postgres_.superuser_url("integers"), schema);
    std::vector<std::string> classic{as_owner + classic_sql};
    if (around_.faults.on("R7")) classic.emplace_back(classic_fault_sql);
    co_await run_sql(postgres_.superuser_url("integers_classic"), classic);
}

name_values integers_dialect::environment() const
{
    return {
        {"INTEGERS_ADMIN_TOKEN", process_.admin_token},
        {"INTEGERS_TOKEN_KEY", process_.tokens.key()},
        {"INTEGERS_POSTGRES_URL", postgres_.superuser_url("integers")},
        {"INTEGERS_POSTGRES_APP_URL", app_url("integers")},
        {"INTEGERS_REDIS_URL", around_.servers.get<private_redis>().url()},
        {"INTEGERS_LOG", around_.folder + "/access.log"},
        {"INTEGERS_CLASSIC_POSTGRES_URL", postgres_.superuser_url("integers_classic")},
        {"INTEGERS_RESTORED_POSTGRES_URL", postgres_.superuser_url("integers_restored")},
    };
}

std::unique_ptr<service> integers_dialect::open(std::size_t core, asio::any_io_executor executor)
{
    store_urls const urls{
        app_url("integers"),
        app_url("integers_classic"),
        around_.servers.get<private_redis>().url()};
    auto out = std::make_unique<integers_service>(process_, urls, executor);
    if (core == 0) out->start_own_tasks();
    return out;
}

dialect_entry entry()
{
    return {
        .name = "user-integers",
        .faults = faults(),
        .needs = {make_server<private_postgres>, make_server<private_redis>},
        .make = make_dialect<integers_dialect>,
    };
}

} // namespace watertight::lab::user_integers
