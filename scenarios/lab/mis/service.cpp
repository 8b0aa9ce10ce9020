#include "harness/base/clock.hpp"
#include "harness/base/fatal.hpp"
#include "harness/net/task_group.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/dialect.hpp"
#include "scenarios/lab/mis/gate.hpp"
#include "scenarios/lab/mis/handlers.hpp"
#include "scenarios/lab/mis/sql.hpp"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

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
          add_files,
          add_media,
          add_audit,
          add_features,
          add_operations,
          add_classic})
        add(out);
    return out;
}

struct store_urls {
    std::string main;
    std::string classic;
    std::string redis;
};

class mis_service final : public service {
public:
    mis_service(process_state& process, store_urls const& urls, asio::any_io_executor executor)
        : state_{process,
                 database{executor, urls.main, main_connections_max},
                 database{executor, urls.classic, classic_connections_max},
                 cache{executor, urls.redis, redis_connections_max},
          },
          routes_(make_routes()),
          own_tasks_(executor, 4)
    {
    }

    /// One core runs what the classic system does once.
    void start_reports() { own_tasks_.try_spawn(report_on_members(state_)); }

    asio::awaitable<response> answer(request in) override;
    asio::awaitable<void> close() override;

private:
    asio::awaitable<response> answer_call(call& c, endpoint to);

    core_state state_;
    routes routes_;
    net::task_group own_tasks_;
};

asio::awaitable<response> mis_service::answer(request in)
{
    auto const method = in.method == "HEAD" ? std::string{"GET"} : in.method;
    auto found = routes_.find(method, in.path);
    if (found.handler == nullptr && !found.allowed.empty()) {
        auto out = error_response(405, "METHOD_NOT_ALLOWED", "this resource has other methods");
        out.headers.emplace_back("Allow", found.allowed);
        co_return out;
    }
    if (found.handler == nullptr)
        co_return error_response(404, "NOT_FOUND", "there is no such resource");

    call c{.in = std::move(in), .path = std::move(found.parameters), .core = state_};
    co_return co_await answer_call(c, *found.handler);
}

asio::awaitable<response> mis_service::answer_call(call& c, endpoint to)
{
    try {
        co_return co_await admit(c, to);
    } catch (refusal const& r) {
        auto out = error_response(r.status, r.code, r.what());
        out.headers = r.headers;
        co_return out;
    } catch (store_error const& e) {
        // Class 22 of SQLSTATE: a value that the database does not take.
        if (e.detail.starts_with("22"))
            co_return error_response(400, "VALIDATION", "a value is not acceptable");
        std::cerr << fmt::format("{} {}: {} {}\n", c.in.method, c.in.path, e.what(), e.detail);
        co_return error_response(500, "INTERNAL", "the request could not be served");
    } catch (boost::system::system_error const&) {
        // The end of the service cancels what is under way.
        throw;
    } catch (std::exception const& e) {
        std::cerr << fmt::format("{} {}: {}\n", c.in.method, c.in.path, e.what());
        co_return error_response(500, "INTERNAL", "the request could not be served");
    }
}

asio::awaitable<void> mis_service::close()
{
    own_tasks_.cancel();
    co_await own_tasks_.join();
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
              .token_key = random_bytes(32),
              .master_key = random_bytes(32),
              .admin_token = random_password() + random_password(),
              .files_folder = around.folder + "/files",
          }
    {
        std::filesystem::create_directory(process_.files_folder);
    }

    asio::awaitable<void> prepare() override;
    name_values environment() const override;
    std::string url_name() const override { return "MIS_URL"; }
    std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) override;

private:
    std::string app_url(std::string const& database) const
    {
        return around_.postgres.url("mis_app", app_password_, database);
    }

    surroundings around_;
    std::string app_password_;
    process_state process_;
};

static asio::awaitable<void> run_sql(std::string url, std::string sql)
{
    auto const executor = co_await asio::this_coro::executor;
    auto link = co_await stores::postgres::connect(executor, std::move(url), 5s);
    if (!link) throw run_error{link.error().message};
    auto const done = co_await link->script(std::move(sql));
    if (!done) throw run_error{"the schema was refused: " + done.error().message};
}

asio::awaitable<void> mis_dialect::prepare()
{
    auto const executor = co_await asio::this_coro::executor;
    auto link = co_await stores::postgres::connect(
        executor, around_.postgres.superuser_url("postgres"), 5s
    );
    if (!link) throw run_error{link.error().message};
    auto const roles = fmt::format(
        "CREATE ROLE mis_owner NOLOGIN; CREATE ROLE mis_app LOGIN PASSWORD {}",
        stores::quote_literal(app_password_)
    );
    // A database cannot be made inside the implicit transaction of several statements.
    std::vector<std::string> const statements{
        roles,
        "CREATE DATABASE mis OWNER mis_owner",
        "CREATE DATABASE mis_classic OWNER mis_owner"};
    for (auto const& sql : statements) {
        auto const done = co_await link->script(sql);
        if (!done) throw run_error{done.error().message};
    }
    auto const& postgres = around_.postgres;
    auto schema = "SET ROLE mis_owner; " + std::string{schema_sql} + fault_sql(around_.faults);
    auto classic = "SET ROLE mis_owner; " + std::string{classic_sql};
    co_await run_sql(postgres.superuser_url("mis"), std::move(schema));
    co_await run_sql(postgres.superuser_url("mis_classic"), std::move(classic));
}

name_values mis_dialect::environment() const
{
    return {
        {"MIS_ADMIN_TOKEN", process_.admin_token},
        {"MIS_POSTGRES_URL", around_.postgres.superuser_url("mis")},
        {"MIS_POSTGRES_APP_URL", app_url("mis")},
        {"MIS_REDIS_URL", around_.redis.url()},
        {"MIS_CLASSIC_POSTGRES_URL", around_.postgres.superuser_url("mis_classic")},
        {"MIS_FILES", process_.files_folder},
    };
}

std::unique_ptr<service> mis_dialect::open(std::size_t core, asio::any_io_executor executor)
{
    store_urls const urls{app_url("mis"), app_url("mis_classic"), around_.redis.url()};
    auto out = std::make_unique<mis_service>(process_, urls, executor);
    if (core == 0) out->start_reports();
    return out;
}

dialect_entry entry()
{
    return {
        .name = "mis",
        .faults = faults(),
        .make = [](surroundings const& around) -> std::unique_ptr<dialect> {
            return std::make_unique<mis_dialect>(around);
        },
    };
}

} // namespace watertight::lab::mis
