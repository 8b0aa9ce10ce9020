#include "harness/net/task_group.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/wait_list.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <list>
#include <vector>

namespace watertight::net {

using signal_ptr = std::shared_ptr<asio::cancellation_signal>;

struct task_group::state {
    state(asio::any_io_executor executor, std::size_t tasks_max_)
        : core{executor}, tasks_max{tasks_max_}, ended{executor}
    {
    }

    void start(std::shared_ptr<state> const& self, asio::awaitable<void> task);
    void finish(std::exception_ptr error);
    void cancel();

    asio::any_io_executor core;
    std::size_t tasks_max;
    std::list<signal_ptr> signals;
    std::exception_ptr first_error;
    bool cancelled = false;
    wait_list ended;
};

static bool is_cancellation(std::exception_ptr const& error)
{
    try {
        std::rethrow_exception(error);
    } catch (boost::system::system_error const& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

// Gives the task's place back when the task ended, and also when the loop died with the task.
struct task_place {
    task_place(std::shared_ptr<void> keeps, std::list<signal_ptr>& of)
        : owner{std::move(keeps)}, signals{of}, position{of.begin()}
    {
    }
    task_place(task_place const&) = delete;
    task_place& operator=(task_place const&) = delete;
    ~task_place() { signals.erase(position); }

    std::shared_ptr<void> owner;
    std::list<signal_ptr>& signals;
    std::list<signal_ptr>::iterator position;
};

void task_group::state::start(std::shared_ptr<state> const& self, asio::awaitable<void> task)
{
    auto const signal = std::make_shared<asio::cancellation_signal>();
    signals.push_front(signal);
    auto place = std::make_unique<task_place>(self, signals);
    auto on_end = [self, place = std::move(place)](std::exception_ptr error) mutable {
        place.reset();
        self->finish(std::move(error));
    };
    asio::co_spawn(
        core, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(on_end))
    );
    if (cancelled) signal->emit(asio::cancellation_type::terminal);
}

void task_group::state::finish(std::exception_ptr error)
{
    if (error && !first_error && !(cancelled && is_cancellation(error))) {
        first_error = std::move(error);
    }
    // A place is free: one that waits to spawn may go on, and so may a join.
    ended.wake_all();
}

void task_group::state::cancel()
{
    cancelled = true;
    // A copy, for a task may end while it is being told to.
    auto const all = std::vector<signal_ptr>{signals.begin(), signals.end()};
    for (auto const& signal : all) signal->emit(asio::cancellation_type::terminal);
}

task_group::task_group(asio::any_io_executor core, std::size_t tasks_max)
    : state_{std::make_shared<state>(core, tasks_max)}
{
    WT_ASSERT(tasks_max > 0);
}

// A loop that is being torn down destroys frames in any order; else nobody may forget the join.
static bool is_stopped(asio::any_io_executor const& core)
{
    auto const* const loop = core.target<asio::io_context::executor_type>();
    return loop != nullptr && loop->context().stopped();
}

task_group::~task_group()
{
    WT_ASSERT(state_->signals.empty() || is_stopped(state_->core));
}

bool task_group::try_spawn(asio::awaitable<void> task)
{
    if (alive() >= state_->tasks_max) return false;
    state_->start(state_, std::move(task));
    return true;
}

asio::awaitable<void> task_group::spawn(asio::awaitable<void> task)
{
    while (alive() >= state_->tasks_max) co_await state_->ended.wait();
    state_->start(state_, std::move(task));
}

void task_group::cancel()
{
    state_->cancel();
}

asio::awaitable<void> task_group::join()
{
    auto const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    bool stopped = false;
    while (alive() > 0) {
        auto const now = (co_await asio::this_coro::cancellation_state).cancelled();
        if (now != asio::cancellation_type::none && !stopped) {
            stopped = true;
            cancel();
            continue;
        }
        co_await state_->ended.wait();
    }
    co_await asio::this_coro::throw_if_cancelled(throwing);
    state_->cancelled = false;
    if (auto const error = std::exchange(state_->first_error, nullptr)) {
        std::rethrow_exception(error);
    }
    if (stopped) throw boost::system::system_error{asio::error::operation_aborted};
}

std::size_t task_group::alive() const noexcept
{
    return state_->signals.size();
}

} // namespace watertight::net
