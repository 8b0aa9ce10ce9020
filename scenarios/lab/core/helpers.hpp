#pragma once

#include "harness/net/task_group.hpp"
#include "harness/net/wait_list.hpp"
#include "scenarios/lab/core/http.hpp"

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace watertight::lab {

/// For whom a helper works.
enum class handed_over {
    /// For whom the work was given to it.
    with_the_work,
    /// For whom the work was that the helper was started for, as inheritable thread-locals have it.
    at_the_start,
    /// For nobody. Whoever finds no helper busy does the work itself, for whom it should be.
    never,
};

/// A few helpers of one core that take work from requests: started when none is idle, gone when
/// none was needed for a while. `Context` is for whom the work is; a default one is for nobody.
template <class Context>
class helper_pool {
public:
    using work = std::function<asio::awaitable<response>(Context)>;

    helper_pool(asio::any_io_executor core, std::size_t helpers_max)
        : core_(core), helpers_(core, helpers_max), arrivals_(core)
    {
    }

    asio::awaitable<response> run(Context whose, work what, handed_over rule);
    /// No work may be left.
    asio::awaitable<void> close();

private:
    struct task {
        task(asio::any_io_executor core, Context whose_, work what_, handed_over rule_)
            : whose(std::move(whose_)), what(std::move(what_)), rule(rule_), done(std::move(core))
        {
        }

        Context whose;
        work what;
        handed_over rule;
        response out;
        std::exception_ptr error;
        bool is_done = false;
        net::wait_list done;
    };

    asio::awaitable<void> help(Context at_the_start);
    asio::awaitable<void> carry_out(task& t, Context for_whom);

    static constexpr std::chrono::milliseconds idle_max{50};

    asio::any_io_executor core_;
    net::task_group helpers_;
    net::wait_list arrivals_;
    std::deque<std::shared_ptr<task>> queue_;
    std::size_t at_work_ = 0;
};

template <class Context>
asio::awaitable<response> helper_pool<Context>::run(Context whose, work what, handed_over rule)
{
    auto const t = std::make_shared<task>(core_, whose, std::move(what), rule);
    if (rule == handed_over::never && at_work_ == 0) {
        co_await carry_out(*t, whose);
    } else {
        queue_.push_back(t);
        if (!arrivals_.wake_one()) helpers_.try_spawn(help(whose));
        while (!t->is_done) co_await t->done.wait();
    }
    if (t->error) std::rethrow_exception(t->error);
    co_return std::move(t->out);
}

template <class Context>
asio::awaitable<void> helper_pool<Context>::carry_out(task& t, Context for_whom)
{
    ++at_work_;
    try {
        t.out = co_await t.what(std::move(for_whom));
    } catch (...) {
        t.error = std::current_exception();
    }
    --at_work_;
    t.is_done = true;
    t.done.wake_all();
}

template <class Context>
asio::awaitable<void> helper_pool<Context>::help(Context at_the_start)
{
    while (true) {
        while (!queue_.empty()) {
            auto const t = queue_.front();
            queue_.pop_front();
            auto whose = t->whose;
            if (t->rule == handed_over::at_the_start) whose = at_the_start;
            if (t->rule == handed_over::never) whose = Context{};
            co_await carry_out(*t, std::move(whose));
        }
        auto const woken = co_await arrivals_.wait(steady::now() + idle_max);
        if (!woken && queue_.empty()) co_return;
    }
}

template <class Context>
asio::awaitable<void> helper_pool<Context>::close()
{
    helpers_.cancel();
    co_await helpers_.join();
}

} // namespace watertight::lab
