#include "harness/net/wait_list.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace watertight::net {

struct wait_list::waiter {
    asio::steady_timer timer;
    bool woken = false;
};

// Leaves the list with the frame that it stands for, however that ends.
struct wait_list::place {
    place(wait_list& of, waiter& who) : list{of}, w{who} { list.waiters_.push_back(&w); }
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place()
    {
        if (!w.woken) list.waiters_.remove(&w);
    }

    wait_list& list;
    waiter& w;
};

wait_list::wait_list(asio::any_io_executor core) : core_{std::move(core)}
{
}

asio::awaitable<bool> wait_list::wait(steady::time_point deadline)
{
    waiter w{asio::steady_timer{core_, deadline}};
    place const here{*this, w};
    co_await w.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return w.woken;
}

bool wait_list::wake_one()
{
    if (waiters_.empty()) return false;
    auto& first = *waiters_.front();
    waiters_.pop_front();
    first.woken = true;
    first.timer.cancel();
    return true;
}

void wait_list::wake_all()
{
    while (wake_one()) {
    }
}

} // namespace watertight::net
