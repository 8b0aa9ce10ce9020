#include "scenarios/lab/core/setup.hpp"

#include "harness/base/fatal.hpp"
#include "harness/stores/postgres.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>

namespace watertight::lab {

asio::awaitable<void> run_sql(std::string url, std::vector<std::string> scripts)
{
    auto const executor = co_await asio::this_coro::executor;
    auto link =
        co_await stores::postgres::connect(executor, std::move(url), std::chrono::seconds{5});
    if (!link) throw run_error{link.error().message};
    for (auto& sql : scripts) {
        auto const done = co_await link->script(std::move(sql));
        if (!done) throw run_error{"the schema was refused: " + done.error().message};
    }
}

} // namespace watertight::lab
