#include "harness/drill/watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr auto window_length = std::chrono::seconds{1};
static constexpr std::size_t answers_kept_min = 20;
static constexpr std::size_t answers_for_error_rate_min = 5;
static constexpr std::size_t answers_for_p95_min = 20;
// One failure may be chance; the same operation failing twice running is not.
static constexpr std::size_t failures_for_affected = 2;
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

void affected_users::finished(answer const& a)
{
    users_.insert(a.user);
    auto& in_a_row = failed_in_a_row_[{a.user, a.operation}];
    in_a_row = a.ok ? 0 : in_a_row + 1;
}

void affected_users::forget_failing()
{
    for (auto const& [key, in_a_row] : failed_in_a_row_) {
        if (in_a_row >= failures_for_affected) ignored_.insert(key);
    }
}

double affected_users::share() const
{
    std::set<std::uint32_t> affected;
    for (auto const& [key, in_a_row] : failed_in_a_row_) {
        if (in_a_row >= failures_for_affected && !ignored_.contains(key))
            affected.insert(key.first);
    }
    if (users_.empty()) return 0;
    return static_cast<double>(affected.size()) / static_cast<double>(users_.size());
}

static std::optional<trip> judge_affected(double limit, watch_state const& state)
{
    if (state.affected <= limit) return std::nullopt;
    return trip{
        trip_cause::affected,
        fmt::format(
            "{:.1f} % of {} users are affected, above {:.1f} %",
            state.affected * 100,
            state.users,
            limit * 100
        )};
}

bool has_threshold(trigger const& when) noexcept
{
    return when.error_rate || when.p95_times_baseline || when.affected || when.leak ||
           !when.invariants.empty();
}

std::optional<trip>
cross_threshold(trigger const& when, watch_state const& state, steady::time_point now)
{
    if (when.leak && state.leaks > 0) {
        return trip{trip_cause::leak, "an answer held another tenant's data"};
    }
    if (!state.broken.empty()) return trip{trip_cause::invariant, state.broken};
    if (when.error_rate) {
        if (auto tripped = judge_errors(*when.error_rate, state.recent)) return tripped;
    }
    if (when.p95_times_baseline) {
        if (auto tripped = judge_latency(*when.p95_times_baseline, state, now)) return tripped;
    }
    if (when.affected) return judge_affected(*when.affected, state);
    return std::nullopt;
}

std::optional<trip> evaluate(trigger const& when, watch_state const& state, steady::time_point now)
{
    if (auto tripped = cross_threshold(when, state, now)) return tripped;
    if (when.after && now - state.since >= *when.after) {
        return trip{
            trip_cause::schedule,
            "as planned, after " + human(*when.after) + " in the new version"};
    }
    if (!has_threshold(when) && !when.after) {
        auto const why = when.manual ? "nothing is watched: a person decides"
                                     : "at once: the drill has no trigger";
        return trip{trip_cause::schedule, why};
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
