#include "harness/drill/watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr auto window_length = std::chrono::seconds{1};
static constexpr std::size_t answers_kept_min = 20;
static constexpr std::size_t answers_for_error_rate_min = 5;
static constexpr std::size_t answers_for_p95_min = 20;
static constexpr auto latency_noise = std::chrono::milliseconds{10};

void sliding_window::started(steady::time_point intended)
{
    waiting_.insert(intended);
}

void sliding_window::withdrawn(steady::time_point intended)
{
    if (auto const it = waiting_.find(intended); it != waiting_.end()) waiting_.erase(it);
}

void sliding_window::finished(answer const& a)
{
    withdrawn(a.intended);
    answers_.push_back(a);
}

void sliding_window::advance(steady::time_point now)
{
    while (answers_.size() > answers_kept_min && answers_.front().finished < now - window_length) {
        answers_.pop_front();
    }
}

double sliding_window::error_rate() const noexcept
{
    if (answers_.empty()) return 0;
    auto const failed = std::ranges::count_if(answers_, [](answer const& a) { return !a.ok; });
    return static_cast<double>(failed) / static_cast<double>(answers_.size());
}

double sliding_window::share_slower(std::chrono::nanoseconds limit, steady::time_point now) const
{
    auto const is_slow = [&](answer const& a) { return a.latency() > limit; };
    auto const slow = static_cast<double>(std::ranges::count_if(answers_, is_slow));
    auto const overdue =
        static_cast<double>(std::distance(waiting_.begin(), waiting_.lower_bound(now - limit)));
    auto const all = static_cast<double>(answers_.size()) + overdue;
    return all > 0 ? (slow + overdue) / all : 0;
}

std::optional<steady::time_point> sliding_window::oldest_waiting() const
{
    if (waiting_.empty()) return std::nullopt;
    return *waiting_.begin();
}

static std::optional<trip> judge_errors(double limit, sliding_window const& recent)
{
    auto const rate = recent.error_rate();
    if (recent.answers() < answers_for_error_rate_min || rate <= limit) return std::nullopt;
    return trip{
        trip_cause::error_rate,
        fmt::format(
            "error rate of the last second {:.1f} % is above {:.1f} %", rate * 100, limit * 100
        )};
}

static std::optional<trip>
judge_latency(double times, watch_state const& state, steady::time_point now)
{
    if (state.recent.answers() < answers_for_p95_min) return std::nullopt;
    auto const multiple = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double, std::nano>(
            static_cast<double>(state.baseline_p95.count()) * times
        )
    );
    auto const limit =
        std::max<std::chrono::nanoseconds>(multiple, state.baseline_p95 + latency_noise);
    if (state.recent.share_slower(limit, now) <= 0.05) return std::nullopt;
    return trip{
        trip_cause::latency,
        fmt::format(
            "p95 of the last second is above {}, the baseline's {} times {:g}",
            human(limit),
            human(state.baseline_p95),
            times
        )};
}

std::optional<trip> evaluate(trigger const& when, watch_state const& state, steady::time_point now)
{
    if (when.error_rate) {
        if (auto tripped = judge_errors(*when.error_rate, state.recent)) return tripped;
    }
    if (when.p95_times_baseline) {
        if (auto tripped = judge_latency(*when.p95_times_baseline, state, now)) return tripped;
    }
    if (when.after && now - state.since >= *when.after) {
        return trip{
            trip_cause::schedule,
            "as planned, after " + human(*when.after) + " in the new version"};
    }
    if (!when.error_rate && !when.p95_times_baseline && !when.after) {
        return trip{trip_cause::schedule, "at once: the drill has no trigger"};
    }
    return std::nullopt;
}

std::chrono::nanoseconds p95_of(std::vector<answer> const& answers)
{
    std::vector<std::chrono::nanoseconds> latencies;
    for (auto const& a : answers) {
        if (a.ok) latencies.push_back(a.latency());
    }
    if (latencies.empty()) return {};
    auto const rank = (latencies.size() * 95 + 99) / 100 - 1;
    auto const nth = latencies.begin() + static_cast<std::ptrdiff_t>(rank);
    std::ranges::nth_element(latencies, nth);
    return *nth;
}

} // namespace watertight::drill
