#include "scenarios/lab/core/service.hpp"

#include "harness/net/task_group.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/pgbouncer.hpp"
#include "scenarios/lab/core/setup.hpp"
#include "scenarios/lab/dittofeed/dialect.hpp"
#include "scenarios/lab/dittofeed/faults_in_sql.hpp"
#include "scenarios/lab/dittofeed/gate.hpp"
#include "scenarios/lab/dittofeed/handlers.hpp"
#include "scenarios/lab/dittofeed/migrations.hpp"
#include "scenarios/lab/dittofeed/sql.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

namespace watertight::lab::dittofeed {

// Per core, and more than the pooler has to the server, so that workspaces do share connections.
static constexpr std::size_t pooled_connections_max = 16;
static constexpr std::size_t server_connections = 8;
static constexpr std::size_t redis_connections_max = 16;
static constexpr char const* database_name = "dittofeed";
static constexpr char const* app_role = "dittofeed_app";
static constexpr char const* owner_role = "dittofeed_owner";

static routes make_routes()
{
    routes out;
    for (auto const add :
         {add_auth,
          add_workspaces,
          add_resources,
          add_exports,
          add_live,
          add_reports,
          add_switches})
        add(out);
    return out;
}

class dittofeed_service final : public routed_service<endpoint> {
public:
    dittofeed_service(
        process_state& process,
        std::string pooled_url,
        std::string redis_url,
        asio::any_io_executor executor
    )
        : routed_service(make_routes()),
          state_{
              process,
              database{executor, std::move(pooled_url), pooled_connections_max},
              cache{executor, std::move(redis_url), redis_connections_max},
              shared_too_much{executor},
          },
          own_tasks_(executor, 1)
    {
    }

    /// One core does what requests leave for later.
    void start_own_tasks() { own_tasks_.try_spawn(work_on_exports(state_)); }

    asio::awaitable<void> close() override
    {
        own_tasks_.cancel();
        co_await own_tasks_.join();
        co_await state_.db.close();
    }

private:
    asio::awaitable<response> admit(arrival what, endpoint to) override
    {
        call c{std::move(what), state_};
        co_return co_await dittofeed::admit(c, to);
    }

    core_state state_;
    net::task_group own_tasks_;
};

class dittofeed_dialect final : public dialect {
public:
    explicit dittofeed_dialect(surroundings const& around)
        : around_(around),
          app_password_(random_password()),
          owner_password_(random_password()),
          process_{
              .asked = around.asked,
              .faults = around.faults,
              .tokens =
                  token_office{
                      {.key = random_password() + random_password(),
                       .accept_unsigned = around.faults.on("J07"),
                       .accept_any_signature = around.faults.on("J06")}},
              .admin_token = random_password() + random_password(),
          }
    {
    }

    asio::awaitable<void> prepare() override;
    name_values environment() const override;
    std::string url_name() const override { return "DITTOFEED_URL"; }
    std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) override;

private:
    asio::awaitable<void> plant();

    surroundings around_;
    std::string app_password_;
    std::string owner_password_;
    std::unique_ptr<private_pgbouncer> pooler_;
    process_state process_;
};

// The defect: the cache is bounded as a whole and drops what was not used lately, whoever's it is.
static asio::awaitable<void> bound_cache(std::string url)
{
    static constexpr std::uint64_t room = 3U << 20;
    cache redis{co_await asio::this_coro::executor, std::move(url), 1};
    redis_words about{"INFO", "memory"};
    auto const said = co_await redis.command(std::move(about));
    auto const at = said.text.find("used_memory:");
    auto const used = std::stoull(said.text.substr(at + 12));
    std::vector<redis_words> words;
    words.push_back({"CONFIG", "SET", "maxmemory", std::to_string(used + room)});
    words.push_back({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    co_await redis.pipeline(std::move(words));
}

asio::awaitable<void> dittofeed_dialect::prepare()
{
    if (around_.faults.on("K22")) co_await bound_cache(around_.servers.get<private_redis>().url());
    auto const& postgres = around_.servers.get<private_postgres>();
    std::vector<std::string> const databases{
        fmt::format(
            "CREATE ROLE {} LOGIN PASSWORD {}; CREATE ROLE {} LOGIN PASSWORD {}",
            owner_role,
            stores::quote_literal(owner_password_),
            app_role,
            stores::quote_literal(app_password_)
        ),
        fmt::format("CREATE DATABASE {} OWNER {}", database_name, owner_role)};
    co_await run_sql(postgres.superuser_url("postgres"), databases);
    std::vector<std::string> const extension{"CREATE EXTENSION pg_stat_statements"};
    co_await run_sql(postgres.superuser_url(database_name), extension);

    process_.owner_url = postgres.url(owner_role, owner_password_, database_name);
    std::vector<std::string> const schema{schema_sql};
    co_await run_sql(process_.owner_url, schema);
    for (auto const* const name : {indexes_migration, rls_migration}) {
        migration_order order{name, direction::run, process_.owner_url};
        co_await migrate(std::move(order), around_.faults);
    }

    co_await plant();

    pooler_options options{{{app_role, app_password_}}, server_connections};
    pooler_ = std::make_unique<private_pgbouncer>(around_.folder, postgres, std::move(options));
    co_await pooler_->ready(database_name);
}

// Defects of the schema, which nobody but the database knows of.
asio::awaitable<void> dittofeed_dialect::plant()
{
    auto const& postgres = around_.servers.get<private_postgres>();
    for (auto const all : {faults_in_sql(), faults_beyond_policies()}) {
        std::vector<std::string> const by_owner{planting_sql(around_.faults, all, false)};
        if (!by_owner[0].empty()) co_await run_sql(process_.owner_url, by_owner);
        std::vector<std::string> const by_superuser{planting_sql(around_.faults, all, true)};
        if (by_superuser[0].empty()) continue;
        co_await run_sql(postgres.superuser_url(database_name), by_superuser);
    }
}

name_values dittofeed_dialect::environment() const
{
    return {
        {"DITTOFEED_ADMIN_TOKEN", process_.admin_token},
        {"DITTOFEED_TOKEN_KEY", process_.tokens.key()},
        {"DITTOFEED_POSTGRES_URL",
         around_.servers.get<private_postgres>().superuser_url(database_name)},
        {"DITTOFEED_RESTORED_URL",
         around_.servers.get<private_postgres>().superuser_url("dittofeed_restored")},
        {"DITTOFEED_POOLER_URL", pooler_->url(app_role, database_name)},
        {"DITTOFEED_REDIS_URL", around_.servers.get<private_redis>().url()},
    };
}

std::unique_ptr<service> dittofeed_dialect::open(std::size_t core, asio::any_io_executor executor)
{
    auto out = std::make_unique<dittofeed_service>(
        process_,
        pooler_->url(app_role, database_name),
        around_.servers.get<private_redis>().url(),
        executor
    );
    if (core == 0) out->start_own_tasks();
    return out;
}

dialect_entry entry()
{
    return {
        .name = "dittofeed",
        .faults = faults(),
        .needs = {make_server<private_postgres>, make_server<private_redis>},
        .make = make_dialect<dittofeed_dialect>,
    };
}

} // namespace watertight::lab::dittofeed
