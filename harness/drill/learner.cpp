#include "harness/drill/learner.hpp"

#include "harness/drill/stores.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

// Of a site with more, looking would take longer than the traffic may be kept waiting for it.
static constexpr std::uint64_t rows_looked_at_max = 100'000;
static constexpr auto look_again_after = std::chrono::milliseconds{700};

learner::learner(plan const& p, surroundings& s, live_traffic const& traffic)
    : plan_{p}, around_{s}, traffic_{traffic}
{
}

static std::string lore_name(std::size_t site)
{
    return fmt::format("traffic on {}", site);
}

void learner::take_up(unfinished const& past)
{
    all_.resize(plan_.fingerprints.size());
    for (std::size_t i = 0; i < all_.size(); ++i) {
        auto const text = past.kept_as(lore_name(i));
        if (text.empty()) continue;
        auto known = lore_from_json(text);
        if (known.has_value()) all_[i] = std::move(*known);
    }
}

lore const& learner::of(std::size_t site) const
{
    static lore const nothing;
    return site < all_.size() ? all_[site] : nothing;
}

// A site that cannot be looked at now is one of which nothing is learnt.
asio::awaitable<std::vector<contents>> learner::look()
{
    std::vector<contents> out(last_.size());
    for (std::size_t i = 0; i < last_.size(); ++i) {
        auto const is_small = !last_[i].empty() && rows_in(last_[i]) <= rows_looked_at_max;
        if (!is_small) continue;
        contents_options how;
        how.is_own = [this](std::string_view text) { return traffic_.wrote(text); };
        how.marks_rows = true;
        auto seen = co_await take_contents(around_, plan_.fingerprints[i], std::move(how));
        if (seen.has_value()) out[i] = std::move(*seen);
    }
    co_return out;
}

asio::awaitable<void> learner::end_baseline(std::vector<contents> const& before)
{
    last_ = before;
    auto now = co_await look();
    all_.clear();
    for (std::size_t i = 0; i < now.size(); ++i) {
        all_.push_back(learn(before[i], now[i]));
        if (around_.log != nullptr) around_.log->keep(lore_name(i), to_json(all_.back()));
    }
    last_ = std::move(now);
}

asio::awaitable<void> learner::end_steps()
{
    auto now = co_await look();
    for (std::size_t i = 0; i < std::min(now.size(), all_.size()); ++i) {
        learn_steps(all_[i], last_[i], now[i]);
    }
    last_ = std::move(now);
}

asio::awaitable<void> learner::watch_window()
{
    auto const asks = [](lore const& all) {
        return std::ranges::any_of(all, [](auto const& t) {
            return !t.second.made_by_steps.empty();
        });
    };
    asio::steady_timer pause{co_await asio::this_coro::executor};
    while (std::ranges::any_of(all_, asks)) {
        pause.expires_after(look_again_after);
        co_await pause.async_wait(asio::use_awaitable);
        auto const now = co_await look();
        for (std::size_t i = 0; i < std::min(now.size(), all_.size()); ++i) {
            learn_window(all_[i], last_[i], now[i]);
        }
        has_seen_window_ = true;
    }
}

void learner::end_window()
{
    last_.clear();
    if (has_seen_window_) return;
    for (auto& site : all_) {
        for (auto& [name, known] : site) known.made_by_steps.clear();
    }
}

} // namespace watertight::drill
