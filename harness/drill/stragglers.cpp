#include "harness/drill/stragglers.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/steps.hpp"
#include "harness/stores/postgres.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>

namespace watertight::drill {

static constexpr auto connect_budget = std::chrono::seconds{10};
static constexpr auto look_again_every = std::chrono::milliseconds{50};
static constexpr auto straggler_grace = std::chrono::seconds{2};
static constexpr int looks_max = 200;

std::string session_name(std::string const& run_id)
{
    return "watertight drill " + run_id;
}

static asio::awaitable<void> pause_between_looks()
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    timer.expires_after(look_again_every);
    co_await timer.async_wait(asio::use_awaitable);
}

// `s` and the URL are in the frame of end_stragglers.
static asio::awaitable<void>
end_sessions(std::string const& store, std::string const& url, surroundings& s)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, url, connect_budget);
    if (db.has_error()) {
        s.display.note(s.secrets.redact("store " + store + ": " + db.error().message));
        co_return;
    }
    auto const ask = fmt::format(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = {} "
        "and state <> 'idle' and pid <> pg_backend_pid()",
        stores::quote_literal(session_name(s.earlier->past.head.run_id))
    );
    for (int look = 0; look < looks_max; ++look) {
        auto const left = co_await db->script(ask, connect_budget);
        if (left.has_error()) {
            s.display.note(s.secrets.redact("store " + store + ": " + left.error().message));
            co_return;
        }
        auto const count = left->values.at(0).at(0).value_or("0");
        if (count == "0") co_return;
        if (look == 0) s.display.note("store " + store + ": ended a statement that went on");
        co_await pause_between_looks();
    }
}

static asio::awaitable<void> end_process(surroundings& s)
{
    auto const& left = s.earlier->past.process;
    if (!left || start_of(left->first) != left->second) co_return;
    s.display.note(fmt::format("ending the command that went on (process {})", left->first));
    auto const give_up = steady::now() + straggler_grace;
    ::kill(-left->first, SIGTERM);
    while (start_of(left->first) == left->second && steady::now() < give_up)
        co_await pause_between_looks();
    ::kill(-left->first, SIGKILL);
}

asio::awaitable<void> end_stragglers(plan const& p, surroundings& s)
{
    co_await end_process(s);
    for (auto const& name : stores_changed(p)) {
        auto const url = s.store_urls.find(name);
        if (url == s.store_urls.end() || !url->second.starts_with("postgres")) continue;
        co_await end_sessions(name, url->second, s);
    }
}

} // namespace watertight::drill
