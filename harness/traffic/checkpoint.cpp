#include "harness/traffic/checkpoint.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace watertight::traffic {

checkpoint::checkpoint(
    asio::any_io_executor home, std::size_t cores, std::function<bool(std::size_t)> decide
)
    : cores_{cores}, decide_{std::move(decide)}, waiting_{home}
{
}

asio::awaitable<bool> checkpoint::meet(std::size_t number)
{
    if (meetings_.size() <= number) meetings_.resize(number + 1);
    ++meetings_[number].arrived;
    if (meetings_[number].arrived == cores_) {
        meetings_[number].goes_on = decide_(number);
        meetings_[number].is_decided = true;
        waiting_.wake_all();
    }
    while (!meetings_[number].is_decided) {
        bool const woken = co_await waiting_.wait();
        if (!woken) throw boost::system::system_error{asio::error::operation_aborted};
    }
    co_return meetings_[number].goes_on;
}

} // namespace watertight::traffic
