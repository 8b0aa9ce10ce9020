#include "harness/base/text.hpp"
#include "harness/cli/blocks.hpp"
#include "harness/cli/metrics.hpp"
#include "harness/experiment/run.hpp"

namespace watertight::cli {

static asio::awaitable<traffic::report> drive_one(blocks& all, traffic::phase p)
{
    std::vector<traffic::phase> phases{std::move(p)};
    co_return co_await all.drive(std::move(phases));
}

static asio::awaitable<std::optional<std::uint64_t>> count_queries(run_state& s)
{
    auto const now = co_await read_counters(s);
    co_return now.postgres_calls;
}

asio::awaitable<void> run_experiments(run_state& s)
{
    std::map<std::string, std::string> const environment;
    auto const steps = steps_of(s, environment);
    blocks all{s, 1, nullptr};
    experiment::surroundings const around{
        .steps = steps,
        .drive = [&all](traffic::phase p) { return drive_one(all, std::move(p)); },
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
