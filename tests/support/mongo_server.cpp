#include "tests/support/guarded_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace watertight::test {

// curl cannot speak the protocol, but it tells a port at which somebody listens.
static constexpr auto listens = R"sh(
answers() { curl -s -m 1 "http://127.0.0.1:$port/"; [ $? -ne 7 ]; }
)sh";

static constexpr auto mongod_script = R"sh(
ending=TERM
prepare() { mkdir "$folder/data"; }
launch() { exec mongod --dbpath "$folder/data" --port "$port" --bind_ip 127.0.0.1 --quiet; }
)sh";

static bool has_mongod()
{
    return std::system("command -v mongod >/dev/null") == 0;
}

static std::string script_of(postgres_server const* store)
{
    if (store == nullptr) return std::string{mongod_script} + listens;
    if (::access(WT_MONGO_SERVER, X_OK) != 0) {
        throw std::runtime_error{"no mongod on the PATH, and no " WT_MONGO_SERVER
                                 ", which wants Go 1.22 or newer"};
    }
    // Without credentials in the URL, each client's own are PostgreSQL's to judge.
    return fmt::format(
        "ending=TERM\nprepare() {{ :; }}\nlaunch() {{\n"
        "export LISTEN=127.0.0.1:$port POSTGRESQL_URL=postgres://127.0.0.1:{}/postgres"
        "?sslmode=disable\n"
        "exec {}\n}}\n{}",
        store->port(),
        WT_MONGO_SERVER,
        listens
    );
}

class mongo_server::process : public guarded_server {
public:
    explicit process(postgres_server const* store) : guarded_server{"mongo", script_of(store)} {}
};

mongo_server::mongo_server()
    : store_{has_mongod() ? nullptr : std::make_unique<postgres_server>()},
      process_{std::make_unique<process>(store_.get())}
{
}

mongo_server::~mongo_server() = default;

std::string mongo_server::url() const
{
    if (!store_) return fmt::format("mongodb://127.0.0.1:{}/", port());
    return url("postgres", "open%20sesame");
}

std::string mongo_server::url(std::string const& user, std::string const& password) const
{
    return fmt::format("mongodb://{}:{}@127.0.0.1:{}/?authMechanism=PLAIN", user, password, port());
}

std::uint16_t mongo_server::port() const
{
    return process_->port();
}

void mongo_server::stop()
{
    process_->stop();
}

void mongo_server::start()
{
    process_->start();
}

} // namespace watertight::test
