#include "scenarios/lab/core/service.hpp"

#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/mongo_instance.hpp"
#include "scenarios/lab/zoptal/dialect.hpp"
#include "scenarios/lab/zoptal/faults.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

namespace watertight::lab::zoptal {

// Per core.
static constexpr std::size_t mongo_connections_max = 12;
static constexpr std::size_t redis_connections_max = 16;
static constexpr int projects_before = 24;
static constexpr int users_before = 12;
static constexpr int files_before = 6;

static routes make_routes()
{
    routes out;
    for (auto const add :
         {add_auth,
          add_tenants,
          add_projects,
          add_users,
          add_files,
          add_operations,
          add_original,
          add_migration})
        add(out);
    return out;
}

struct store_urls {
    std::string mongo;
    std::string redis;
};

class zoptal_service final : public routed_service<endpoint> {
public:
    zoptal_service(process_state& process, store_urls const& urls, asio::any_io_executor executor)
        : routed_service(make_routes()),
          state_{
              process,
              documents{executor, urls.mongo, mongo_connections_max},
              cache{executor, urls.redis, redis_connections_max},
          }
    {
    }

    asio::awaitable<void> close() override { co_return; }

private:
    asio::awaitable<response> admit(arrival what, endpoint to) override
    {
        call c{std::move(what), state_};
        co_return co_await zoptal::admit(c, to);
    }

    core_state state_;
};

class zoptal_dialect final : public dialect {
public:
    explicit zoptal_dialect(surroundings const& around)
        : around_(around),
          app_password_(random_password()),
          gateway_key_(random_password()),
          front_(around.servers.get<private_nginx>(), gateway_key_, around.faults),
          process_{
              .asked = around.asked,
              .faults = around.faults,
              .tokens = token_office{{.key = random_password() + random_password()}},
              .admin_token = random_password() + random_password(),
              .gateway_key = gateway_key_,
              .front = front_,
          }
    {
    }

    asio::awaitable<void> prepare() override;
    asio::awaitable<std::string> open_gateway(std::uint16_t port) override
    {
        port_ = port;
        return front_.open(port);
    }
    name_values environment() const override;
    std::string url_name() const override { return "ZOPTAL_URL"; }
    std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) override;

private:
    store_urls urls() const
    {
        auto const& servers = around_.servers;
        return {
            servers.get<private_mongo>().url("zoptal_app", app_password_),
            servers.get<private_redis>().url()};
    }

    surroundings around_;
    std::string app_password_;
    std::string gateway_key_;
    gateway front_;
    process_state process_;
    std::uint16_t port_ = 0;
};

// What the system held before it had tenants.
static asio::awaitable<void>
insert_many(documents& mongo, std::string kind, int n, mongo_document pattern)
{
    mongo_document words;
    words["insert"] = kind;
    words["documents"] = mongo_document::array();
    for (int i = 0; i < n; ++i) {
        auto one = pattern;
        one["_id"] = random_uuid();
        one["name"] = fmt::format("{} {}", kind, i);
        one["createdAt"] = now_ms();
        one["updatedAt"] = one["createdAt"];
        words["documents"].push_back(std::move(one));
    }
    co_await mongo.command(std::string{common_database}, std::move(words));
}

asio::awaitable<void> zoptal_dialect::prepare()
{
    auto& server = around_.servers.get<private_mongo>();
    co_await server.add_account("zoptal_app", app_password_);
    auto const executor = co_await asio::this_coro::executor;
    documents mongo{executor, urls().mongo, 1};
    cache redis{executor, urls().redis, 1};
    co_await prepare_cache(redis, process_.faults);
    std::string const database{common_database};
    mongo_document create;
    create["create"] = "tenants";
    co_await mongo.command(database, std::move(create));
    mongo_document index{{"key", {{"slug", 1}}}, {"name", "slug_unique"}, {"unique", true}};
    mongo_document indexes;
    indexes["createIndexes"] = "tenants";
    indexes["indexes"] = mongo_document::array({std::move(index)});
    co_await mongo.command(database, std::move(indexes));
    mongo_document project{{"description", "from before"}};
    co_await insert_many(mongo, "projects", projects_before, std::move(project));
    mongo_document user{{"email", "someone@example.com"}, {"role", "user"}};
    co_await insert_many(mongo, "users", users_before, std::move(user));
    mongo_document file{{"contentType", "text/plain"}, {"size", 4}, {"content", "b2xkCg=="}};
    co_await insert_many(mongo, "files", files_before, std::move(file));
}

name_values zoptal_dialect::environment() const
{
    auto const& servers = around_.servers;
    return {
        {"ZOPTAL_ADMIN_TOKEN", process_.admin_token},
        {"ZOPTAL_TOKEN_KEY", process_.tokens.key()},
        {"ZOPTAL_MONGO_URL", servers.get<private_mongo>().superuser_url()},
        {"ZOPTAL_REDIS_URL", servers.get<private_redis>().url()},
        // Not for clients: the services answer the gateway alone. For whoever watches processes.
        {"ZOPTAL_SERVICES_URL", fmt::format("http://127.0.0.1:{}", port_)},
    };
}

std::unique_ptr<service> zoptal_dialect::open(std::size_t, asio::any_io_executor executor)
{
    return std::make_unique<zoptal_service>(process_, urls(), executor);
}

dialect_entry entry()
{
    return {
        .name = "zoptal",
        .faults = faults(),
        .needs =
            {make_server<private_postgres>,
             make_server<private_mongo>,
             make_server<private_redis>,
             make_server<private_nginx>},
        .make = make_dialect<zoptal_dialect>,
    };
}

} // namespace watertight::lab::zoptal
