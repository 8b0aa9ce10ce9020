#pragma once

#include "harness/cli/stages.hpp"

namespace watertight::cli {

/// Drives pieces of load one after another: each knows what those before it wrote.
class blocks {
public:
    /// @param display  may be null; it and `s` outlive this.
    blocks(run_state& s, std::size_t cores, progress* display);

    asio::awaitable<traffic::report> drive(std::vector<traffic::phase> phases);

private:
    run_state& state_;
    std::size_t cores_;
    progress* display_;
    evidence::ledger history_;
    std::uint32_t serial_ = traffic::options{}.serial_start;
};

} // namespace watertight::cli
