#include "harness/stores/postgres_listener.hpp"

#include "harness/net/offload.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/postgres_address.hpp"
#include "harness/stores/postgres_handle.hpp"

#include <ctime>

namespace watertight::stores {

struct postgres_listener::session {
    pg_handle handle;
};

using notices = std::vector<postgres_notice>;

static failure broken(PGconn* handle)
{
    return {errc::connection_lost, PQerrorMessage(handle), {}};
}

static bool carries_out(PGconn* handle, std::string const& sql)
{
    std::unique_ptr<PGresult, decltype(&PQclear)> const done{PQexec(handle, sql.c_str()), &PQclear};
    auto const status = PQresultStatus(done.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static pg_handle connect_blocking(postgres_address const& address)
{
    auto handle = begin_connect(address);
    while (handle && PQstatus(handle.get()) != CONNECTION_OK) {
        auto const next = PQconnectPoll(handle.get());
        if (next == PGRES_POLLING_FAILED || next == PGRES_POLLING_OK) break;
        timespec const moment{.tv_sec = 0, .tv_nsec = 1'000'000};
        ::nanosleep(&moment, nullptr);
    }
    return handle;
}

asio::awaitable<result<postgres_listener>> postgres_listener::open(
    std::string url, std::vector<std::string> channels, std::chrono::nanoseconds budget
)
{
    auto address = complete_postgres_address(url);
    if (address.has_error()) co_return address.error();
    auto const made = std::make_shared<session>();
    std::string sql{"set statement_timeout = '4s'"};
    for (auto const& name : channels) sql += "; listen " + quote_identifier(name);
    std::function<result<notices>()> job = [made, sql, to = *address]() -> result<notices> {
        made->handle = connect_blocking(to);
        if (PQstatus(made->handle.get()) != CONNECTION_OK) return broken(made->handle.get());
        if (!carries_out(made->handle.get(), sql)) return broken(made->handle.get());
        return notices{};
    };
    auto const opened = co_await net::offload<notices>(budget, std::move(job), "postgres");
    if (opened.has_error()) co_return opened.error();
    co_return postgres_listener{made};
}

asio::awaitable<result<notices>> postgres_listener::take(std::chrono::nanoseconds budget)
{
    std::function<result<notices>()> job = [of = session_]() -> result<notices> {
        auto* const handle = of->handle.get();
        // What is told comes with the answer to whatever is asked.
        if (!carries_out(handle, "select 1")) return broken(handle);
        notices out;
        while (true) {
            std::unique_ptr<PGnotify, decltype(&PQfreemem)> const one{
                PQnotifies(handle), &PQfreemem};
            if (!one) return out;
            out.push_back({one->relname, one->extra});
        }
    };
    auto out = co_await net::offload<notices>(budget, std::move(job), "postgres");
    co_return out;
}

} // namespace watertight::stores
