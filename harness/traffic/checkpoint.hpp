#pragma once

#include "harness/net/asio.hpp"
#include "harness/net/wait_list.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace watertight::traffic {

/// Where the cores meet after a phase, to hear whether there is another one.
///
/// Lives on the caller's loop, where its coroutines run, and outlives the cores. A core that never
/// arrives (it failed) ends the run, which cancels those that wait for it here.
class checkpoint {
public:
    /// @param decide  called once a phase, with its number, when all cores have arrived. None of
    ///                them sends meanwhile, so that it may look at what they have recorded.
    checkpoint(
        asio::any_io_executor home, std::size_t cores, std::function<bool(std::size_t)> decide
    );

    /// One core's arrival after phase `number`. @return whether to go on.
    /// @throws operation_aborted if it is cancelled.
    asio::awaitable<bool> meet(std::size_t number);

private:
    struct meeting {
        std::size_t arrived = 0;
        bool is_decided = false;
        bool goes_on = false;
    };

    std::size_t cores_;
    std::function<bool(std::size_t)> decide_;
    std::vector<meeting> meetings_;
    net::wait_list waiting_;
};

} // namespace watertight::traffic
