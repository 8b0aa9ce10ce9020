#include "harness/drill/invariants.hpp"

#include "harness/net/watchdog.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr auto answer_budget = std::chrono::seconds{30};
static constexpr auto doubt = std::chrono::milliseconds{200};

static asio::awaitable<void> sleep_for(std::chrono::nanoseconds d)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    timer.expires_after(std::chrono::duration_cast<steady::duration>(d));
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<result<std::string>> invariant_watch::ask(invariant const& what)
{
    co_return co_await look(what.ask, net::deadline_after(answer_budget), tools_);
}

asio::awaitable<result<void>> invariant_watch::learn()
{
    auto const* const earlier = tools_.around.earlier;
    for (auto const& what : plan_.when.invariants) {
        auto const key = "invariant " + what.name;
        if (earlier != nullptr && earlier->past.kept.contains(key)) {
            before_[what.name] = earlier->past.kept_as(key);
            continue;
        }
        // What the killed drill had not asked for before it began is not known any more.
        if (earlier != nullptr && !earlier->past.steps.empty()) continue;
        auto answer = co_await ask(what);
        if (answer.has_error()) {
            auto why = what.name + " cannot be asked: " + answer.error().message;
            co_return failure{answer.error().code, std::move(why), {}};
        }
        if (tools_.around.log != nullptr) tools_.around.log->keep(key, *answer);
        before_[what.name] = std::move(*answer);
    }
    co_return result<void>{};
}

asio::awaitable<void> invariant_watch::watch()
{
    if (plan_.when.invariants.empty()) co_return;
    std::map<std::string, steady::time_point> due;
    while (broken_.empty()) {
        for (auto const& what : plan_.when.invariants) {
            if (!before_.contains(what.name) || due[what.name] > steady::now()) continue;
            due[what.name] = steady::now() + what.every;
            auto const& before = before_[what.name];
            auto answer = co_await ask(what);
            if (answer.has_error() || *answer == before) continue;
            co_await sleep_for(doubt);
            answer = co_await ask(what);
            if (answer.has_error() || *answer == before) continue;
            broken_ = fmt::format("{} was \"{}\", is \"{}\"", what.name, before, *answer);
            co_return;
        }
        co_await sleep_for(doubt);
    }
}

asio::awaitable<std::vector<broken_invariant>> invariant_watch::compare()
{
    std::vector<broken_invariant> out;
    for (auto const& what : plan_.when.invariants) {
        if (!before_.contains(what.name)) continue;
        auto const& before = before_[what.name];
        auto answer = co_await ask(what);
        if (answer.has_value() && *answer == before) continue;
        auto now = answer.has_value() ? *answer : "not to be had: " + answer.error().message;
        out.push_back({what.name, before, std::move(now)});
    }
    co_return out;
}

} // namespace watertight::drill
