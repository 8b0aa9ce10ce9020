#include "harness/cli/blocks.hpp"

#include <algorithm>

namespace watertight::cli {

blocks::blocks(run_state& s, std::size_t cores, progress* display)
    : state_{s}, cores_{cores}, display_{display}
{
    if (!s.traffic) return;
    history_.merge(s.traffic->history);
    serial_ = s.traffic->serial_end;
}

asio::awaitable<traffic::report> blocks::drive(std::vector<traffic::phase> phases)
{
    traffic::options how;
    how.cores = cores_;
    how.seed = state_.result.seed;
    how.run_start = state_.began;
    how.history = &history_;
    how.display = display_;
    how.watch = state_.live;
    how.serial_start = serial_;
    auto report = co_await traffic::run(
        state_.plan.target,
        state_.made,
        state_.mint,
        state_.identifiers,
        sharing_rules(state_.plan.target.shared, state_.made),
        state_.secrets,
        std::move(phases),
        how
    );
    state_.findings.merge(report.findings);
    history_.merge(report.history);
    serial_ = std::max(serial_, report.serial_end);
    co_return report;
}

} // namespace watertight::cli
