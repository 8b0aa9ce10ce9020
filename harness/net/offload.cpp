#include "harness/net/offload.hpp"

namespace watertight::net {

static constexpr std::size_t blocking_threads_max = 16;

asio::thread_pool& blocking_threads()
{
    // Left to the operating system: a thread in the middle of a blocking call cannot be joined.
    static auto* const all = new asio::thread_pool{blocking_threads_max};
    return *all;
}

} // namespace watertight::net
