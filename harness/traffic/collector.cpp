#include "harness/traffic/collector.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace watertight::traffic {

// Cores report a second within the next one, so older ones are complete.
static constexpr std::uint32_t seconds_open_max = 5;

collector::collector(progress* display, watcher* watch) : display_{display}, watch_{watch}
{
}

void collector::begin_phase(phase const& p)
{
    if (!display_) return;
    auto const total = static_cast<std::uint64_t>(std::ceil(seconds(p.duration)));
    display_->begin("traffic " + p.name, total);
}

void collector::take(std::vector<second_tally> seconds)
{
    for (auto& s : seconds) {
        if (watch_) watch_->took(s);
        ok_ += s.ok;
        failed_ += s.failed;
        if (s.at != shown_.at) shown_ = {.at = s.at};
        shown_.merge(s);
        if (s.warm_up) continue;
        auto const at = s.at;
        auto const [place, fresh] = open_.try_emplace(at, s);
        if (!fresh) place->second.merge(s);
        if (at > seconds_open_max) close_before(at - seconds_open_max);
    }
}

void collector::tick(std::uint64_t elapsed_s)
{
    if (display_) display_->update(elapsed_s, line());
}

void collector::found(evidence::finding const& f)
{
    if (!findings_.insert(f.fingerprint()).second) return;
    if (watch_) watch_->found(f);
    if (!display_) return;
    display_->note(fmt::format(
        "{}: {} (victim {}{})",
        f.channel,
        f.title,
        f.victim,
        f.intruder.empty() ? "" : ", seen by " + f.intruder
    ));
}

void collector::end_phase(std::string_view name)
{
    if (display_) display_->end(fmt::format("{}: {}", name, line()));
}

std::string collector::line() const
{
    auto const p95 = std::chrono::microseconds{shown_.latency.at_us(95)};
    return fmt::format(
        "{}/s, p95 {}, {}, {}",
        shown_.ok + shown_.failed,
        human(p95),
        plural(failed_, "error"),
        plural(findings_.size(), "finding")
    );
}

void collector::close_before(std::uint32_t at)
{
    while (!open_.empty() && open_.begin()->first < at) {
        auto const& s = open_.begin()->second;
        series_.push_back({
            .at = s.at,
            .ok = s.ok,
            .failed = s.failed,
            .p50_us = std::min(s.latency.at_us(50), s.max_us),
            .p95_us = std::min(s.latency.at_us(95), s.max_us),
            .p99_us = std::min(s.latency.at_us(99), s.max_us),
            .max_us = s.max_us,
        });
        open_.erase(open_.begin());
    }
}

std::vector<second> collector::finish()
{
    close_before(std::numeric_limits<std::uint32_t>::max());
    std::ranges::stable_sort(series_, {}, &second::at);
    return std::exchange(series_, {});
}

} // namespace watertight::traffic
