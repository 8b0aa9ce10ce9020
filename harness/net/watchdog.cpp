#include "harness/net/watchdog.hpp"

#include <boost/asio/steady_timer.hpp>

namespace watertight::net {

struct watchdog::state : std::enable_shared_from_this<state> {
    state(asio::any_io_executor const& core, std::function<void()> callback)
        : timer{core}, on_expiry{std::move(callback)}
    {
    }

    void wait();
    void fired(std::uint64_t of_wait);

    asio::steady_timer timer;
    std::function<void()> on_expiry;
    steady::time_point deadline;
    // Tells the wait that counts from those that were replaced but already queued.
    std::uint64_t wait_number = 0;
    bool waiting = false;
    bool armed = false;
    bool expired = false;
};

void watchdog::state::wait()
{
    waiting = true;
    ++wait_number;
    timer.expires_at(deadline);
    timer.async_wait([self = shared_from_this(), number = wait_number](auto const& error) {
        if (!error) self->fired(number);
    });
}

void watchdog::state::fired(std::uint64_t of_wait)
{
    if (of_wait != wait_number) return;
    waiting = false;
    if (!armed) return;
    if (steady::now() < deadline) return wait();
    armed = false;
    expired = true;
    on_expiry();
}

watchdog::watchdog(asio::any_io_executor core, std::function<void()> on_expiry)
    : state_{std::make_shared<state>(core, std::move(on_expiry))}
{
}

watchdog::~watchdog()
{
    state_->armed = false;
    state_->timer.cancel();
}

void watchdog::arm(steady::time_point deadline)
{
    state_->deadline = deadline;
    state_->armed = true;
    state_->expired = false;
    if (!state_->waiting || state_->timer.expiry() > deadline) state_->wait();
}

void watchdog::disarm() noexcept
{
    state_->armed = false;
}

bool watchdog::expired() const noexcept
{
    return state_->expired;
}

steady::time_point deadline_after(std::chrono::nanoseconds budget) noexcept
{
    auto const now = steady::now();
    return budget > steady::time_point::max() - now ? steady::time_point::max() : now + budget;
}

} // namespace watertight::net
