#include "scenarios/lab/core/service.hpp"

#include "harness/base/fatal.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/mongo_instance.hpp"
#include "scenarios/lab/proptech/call.hpp"
#include "scenarios/lab/proptech/dialect.hpp"

#include <boost/asio/this_coro.hpp>

namespace watertight::lab::proptech {

// Per core: as many as the blocking threads can serve.
static constexpr std::size_t connections_max = 8;
static constexpr char const* application = "proptech_app";

static routes make_routes()
{
    routes out;
    for (auto const add : {add_accounts, add_tenants, add_items, add_classic, add_migration}) {
        add(out);
    }
    return out;
}

class proptech_service final : public routed_service<endpoint> {
public:
    proptech_service(process_state& process, std::string url, asio::any_io_executor executor)
        : routed_service(make_routes()),
          state_{process, documents{executor, std::move(url), connections_max}}
    {
    }

    asio::awaitable<void> close() override { co_return; }

private:
    asio::awaitable<response> admit(arrival what, endpoint to) override
    {
        call c{std::move(what), state_};
        co_return co_await proptech::admit(c, to);
    }

    core_state state_;
};

class proptech_dialect final : public dialect {
public:
    explicit proptech_dialect(surroundings const& around)
        : around_(around),
          app_password_(random_password()),
          process_{
              .asked = around.asked,
              .faults = around.faults,
              .tokens =
                  token_office{
                      {.key = around.faults.on("J07") ? "proptech-secret"
                                                      : random_password() + random_password(),
                       .accept_expired = around.faults.on("J06"),
                       .issuer = "proptech"}},
              .admin_token = random_password() + random_password(),
          }
    {
    }

    asio::awaitable<void> prepare() override;
    name_values environment() const override;
    std::string url_name() const override { return "PROPTECH_URL"; }
    std::unique_ptr<service> open(std::size_t core, asio::any_io_executor executor) override;

private:
    private_mongo& mongo() const { return around_.servers.get<private_mongo>(); }
    std::string app_url() const { return mongo().url(application, app_password_); }

    surroundings around_;
    std::string app_password_;
    process_state process_;
};

static asio::awaitable<void>
make_unique(documents& store, char const* collection, char const* field)
{
    document index;
    index["key"][field] = 1;
    index["name"] = std::string{field} + "_unique";
    index["unique"] = true;
    document words;
    words["createIndexes"] = collection;
    words["indexes"] = document::array({std::move(index)});
    co_await store.command(main_database, std::move(words));
}

static asio::awaitable<void> fill(documents& store, fault_set const& faults)
{
    // The defect: a name that one tenant has is no other tenant's to have.
    if (faults.on("MG8")) co_await make_unique(store, "projects", "name");
    co_await make_unique(store, "tenants", "slug");
    co_await make_unique(store, "users", "email");
    document home;
    home["_id"] = default_tenant_id;
    home["name"] = default_tenant_name;
    home["slug"] = "default";
    home["status"] = "active";
    co_await store.insert(main_place("tenants"), std::move(home));
    co_await seed_classic(store);
}

asio::awaitable<void> proptech_dialect::prepare()
{
    co_await mongo().add_account(application, app_password_);
    auto const executor = co_await asio::this_coro::executor;
    // The application makes its databases itself, so that they are its own.
    documents store{executor, app_url(), 1};
    std::string error;
    try {
        co_await fill(store, process_.faults);
    } catch (store_error const& e) {
        error = e.what();
    }
    if (!error.empty()) throw run_error{"the databases could not be made: " + error};
}

name_values proptech_dialect::environment() const
{
    auto const with = [](std::string url, std::string const& database) {
        return url.insert(url.find("/?") + 1, database);
    };
    return {
        {"PROPTECH_ADMIN_TOKEN", process_.admin_token},
        {"PROPTECH_TOKEN_KEY", process_.tokens.key()},
        {"PROPTECH_MONGO_URL", with(mongo().superuser_url(), main_database)},
        {"PROPTECH_MONGO_APP_URL", with(app_url(), main_database)},
        {"PROPTECH_CLASSIC_MONGO_URL", with(mongo().superuser_url(), classic_database)},
    };
}

std::unique_ptr<service> proptech_dialect::open(std::size_t, asio::any_io_executor executor)
{
    return std::make_unique<proptech_service>(process_, app_url(), executor);
}

dialect_entry entry()
{
    return {
        .name = "proptech",
        .faults = faults(),
        .needs = {make_server<private_postgres>, make_server<private_mongo>},
        .make = make_dialect<proptech_dialect>,
    };
}

} // namespace watertight::lab::proptech
