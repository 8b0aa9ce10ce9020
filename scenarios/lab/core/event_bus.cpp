#include "scenarios/lab/core/event_bus.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace watertight::lab {

static constexpr std::size_t history_max = 64;

subscriber::subscriber(asio::any_io_executor core)
    : core_(core), bell_(core, asio::steady_timer::time_point::max())
{
}

asio::awaitable<event> subscriber::next()
{
    while (true) {
        {
            std::lock_guard const lock{mutex_};
            if (!told_.empty()) {
                auto out = std::move(told_.front());
                told_.pop_front();
                co_return out;
            }
        }
        boost::system::error_code rung;
        co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, rung));
    }
}

void subscriber::tell(std::shared_ptr<subscriber> self, event const& what)
{
    {
        std::lock_guard const lock{mutex_};
        told_.push_back(what);
    }
    asio::post(core_, [self = std::move(self)] { self->bell_.cancel(); });
}

void event_bus::publish(event what)
{
    std::lock_guard const lock{mutex_};
    std::erase_if(listeners_, [](auto const& listener) { return listener.expired(); });
    for (auto const& listener : listeners_) {
        if (auto const one = listener.lock()) one->tell(one, what);
    }
    history_.push_back(std::move(what));
    if (history_.size() > history_max) history_.pop_front();
}

std::shared_ptr<subscriber> event_bus::listen(asio::any_io_executor core)
{
    auto out = std::make_shared<subscriber>(std::move(core));
    std::lock_guard const lock{mutex_};
    listeners_.push_back(out);
    return out;
}

std::vector<event> event_bus::history() const
{
    std::lock_guard const lock{mutex_};
    return {history_.begin(), history_.end()};
}

} // namespace watertight::lab
