#include "scenarios/lab/core/service.hpp"

#include "harness/net/task_group.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/setup.hpp"
#include "scenarios/lab/mis/dialect.hpp"
#include "scenarios/lab/mis/faults_in_sql.hpp"
#include "scenarios/lab/mis/gate.hpp"
#include "scenarios/lab/mis/handlers.hpp"
#include "scenarios/lab/mis/sql.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace watertight::lab::mis {

// Per core. Together with the cores they stay well below the server's 200.
static constexpr std::size_t main_connections_max = 12;
static constexpr std::size_t classic_connections_max = 6;
static constexpr std::size_t redis_connections_max = 16;

static routes make_routes()
{
    routes out;
    for (auto const add :
         {add_auth,
          add_tenants,
          add_tenant_configuration,
          add_tenant_reports,
          add_users,
          add_events,
          add_exports,
          add_files,
          add_media,
          add_media_actions,
          add_audit,
          add_features,
          add_operations,
          add_classic,
          add_webhooks,
          add_backups,
          add_graph})
        add(out);
    return out;
}

struct store_urls {
    std::string main;
    std::string classic;
    std::string redis;
};

class mis_service final : public routed_service<endpoint> {
public:
    mis_service(process_state& process, store_urls const& urls, asio::any_io_executor executor)
        : routed_service(make_routes()),
          state_{
              process,
              database{executor, urls.main, main_connections_max},
              database{executor, urls.classic, classic_connections_max},
              cache{executor, urls.redis, redis_connections_max},
              shared_too_much{executor, urls.redis},
          },
          own_tasks_(executor, 4)
    {
    }

    /// One core runs what the classic system does once, and what requests leave for later.
    void start_own_tasks()
    {
        own_tasks_.try_spawn(report_on_members(state_));
        own_tasks_.try_spawn(work_on_exports(state_));
        own_tasks_.try_spawn(state_.process.webhooks.work());
    }

    bool stops_for_lost_clients() const override { return state_.process.faults.on("K07"); }

    asio::awaitable<void> close() override;

private:
    asio::awaitable<response> admit(arrival what, endpoint to) override
    {
        call c{std::move(what), state_};
        co_return co_await mis::admit(c, to);
    }

    core_state state_;
    net::task_group own_tasks_;
};

asio::awaitable<void> mis_service::close()
{
    own_tasks_.cancel();
    co_await own_tasks_.join();
    co_await state_.shared.helpers.close();
    co_await state_.main.close();
    co_await state_.classic.close();
}

class mis_dialect final : public dialect {
public:
    explicit mis_dialect(surroundings const& around)
        : around_(around),
          app_password_(random_password()),
          process_{
              .asked = around.asked,
              .faults = around.faults,
              .tokens =
                  token_office{
                      {.key = random_password() + random_password(),
                       .accept_unsigned = around.faults.on("J07"),
                       .key_folder = around.faults.on("J08") ? around.folder + "/keys" : ""}},
              .master_key = random_bytes(32),
              .admin_token = random_password() + random_password(),
              .files_folder = around.folder + "/files",
          }
    {
        std::filesystem::create_directory(process_.files_folder);
        std::filesystem::create_directory(around.folder + "/keys");
    }

    asio::awaitable<void> prepare() override;
    name_values environment() const override;
    std::string url_name() const override { return "MIS_URL"; }
    std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) override;

private:
    std::string app_url(std::string const& database) const
    {
        return around_.servers.get<private_postgres>().url("mis_app", app_password_, database);
    }

    surroundings around_;
    std::string app_password_;
    process_state process_;
};

asio::awaitable<void> mis_dialect::prepare()
{
    auto const& postgres = around_.servers.get<private_postgres>();
    auto const roles = fmt::format(
        // Some statements have values in their text, which no other tenant's session has to see.
        "CREATE ROLE mis_owner NOLOGIN; CREATE ROLE mis_app LOGIN PASSWORD {}; "
        "ALTER ROLE mis_app SET track_activities = off",
        stores::quote_literal(app_password_)
    );
    std::vector<std::string> const databases{
        roles,
        "CREATE DATABASE mis OWNER mis_owner",
        "CREATE DATABASE mis_classic OWNER mis_owner"};
    co_await run_sql(postgres.superuser_url("postgres"), databases);
    std::vector<std::string> const schema{
        "SET ROLE mis_owner; " + std::string{schema_sql} + fault_sql(around_.faults)};
    co_await run_sql(postgres.superuser_url("mis"), schema);
    std::vector<std::string> const planted{planting_sql(around_.faults, faults_in_sql(), true)};
    if (!planted[0].empty()) co_await run_sql(postgres.superuser_url("mis"), planted);
    std::vector<std::string> classic{"SET ROLE mis_owner; " + std::string{classic_sql}};
    // An index that has by chance the name of one that the migration makes and its way back drops.
    if (around_.faults.on("R5")) {
        classic.emplace_back("SET ROLE mis_owner; CREATE INDEX users_by_tenant ON users (name)");
    }
    co_await run_sql(postgres.superuser_url("mis_classic"), classic);
}

name_values mis_dialect::environment() const
{
    auto const& postgres = around_.servers.get<private_postgres>();
    return {
        {"MIS_ADMIN_TOKEN", process_.admin_token},
        {"MIS_TOKEN_KEY", process_.tokens.key()},
        {"MIS_POSTGRES_URL", postgres.superuser_url("mis")},
        {"MIS_POSTGRES_APP_URL", app_url("mis")},
        {"MIS_REDIS_URL", around_.servers.get<private_redis>().url()},
        {"MIS_CLASSIC_POSTGRES_URL", postgres.superuser_url("mis_classic")},
        {"MIS_FILES", process_.files_folder},
    };
}

std::unique_ptr<service> mis_dialect::open(std::size_t core, asio::any_io_executor executor)
{
    store_urls const urls{
        app_url("mis"), app_url("mis_classic"), around_.servers.get<private_redis>().url()};
    auto out = std::make_unique<mis_service>(process_, urls, executor);
    if (core == 0) out->start_own_tasks();
    return out;
}

dialect_entry entry()
{
    return {
        .name = "mis",
        .faults = faults(),
        .needs = {make_server<private_postgres>, make_server<private_redis>},
        .make = make_dialect<mis_dialect>,
    };
}

} // namespace watertight::lab::mis
