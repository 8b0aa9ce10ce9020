#include "harness/base/text.hpp"
#include "harness/cli/metrics.hpp"
#include "harness/experiment/run.hpp"

namespace watertight::cli {

namespace {

// Drives the blocks one after another: each knows what those before it wrote.
class blocks {
public:
    explicit blocks(run_state& s) : state_{s}
    {
        if (!s.traffic) return;
        history_.merge(s.traffic->history);
        serial_ = s.traffic->serial_end;
    }

    asio::awaitable<traffic::report> drive(traffic::phase p);

private:
    run_state& state_;
    evidence::ledger history_;
    std::uint32_t serial_ = traffic::options{}.serial_start;
};

} // namespace

asio::awaitable<traffic::report> blocks::drive(traffic::phase p)
{
    traffic::options how;
    how.cores = 1;
    how.seed = state_.result.seed;
    how.run_start = state_.began;
    how.history = &history_;
    how.watch = state_.live;
    how.serial_start = serial_;
    std::vector<traffic::phase> phases{std::move(p)};
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

static asio::awaitable<std::optional<std::uint64_t>> count_queries(run_state& s)
{
    auto const now = co_await read_counters(s);
    co_return now.postgres_calls;
}

asio::awaitable<void> run_experiments(run_state& s)
{
    std::map<std::string, std::string> const environment{s.variables.begin(), s.variables.end()};
    auto const steps = steps_of(s, environment);
    blocks all{s};
    experiment::surroundings const around{
        .steps = steps,
        .drive = [&all](traffic::phase p) { return all.drive(std::move(p)); },
        .count_queries = [&s] { return count_queries(s); },
    };
    for (auto const& p : s.plan.experiments) {
        // In the result from the start, so that an interrupted one is in there, too.
        auto& out = s.result.experiments.emplace_back();
        co_await experiment::run(p, around, out);
        for (auto const& what : out.not_restored) {
            auto sentence = "experiment " + p.name + " could not put back " + what;
            s.display.note(sentence);
            s.result.errors.push_back(std::move(sentence));
        }
    }
}

} // namespace watertight::cli
