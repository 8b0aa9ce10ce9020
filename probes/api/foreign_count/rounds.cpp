#include "probes/api/foreign_count/rounds.hpp"

#include "harness/probe/numbers.hpp"
#include "harness/probe/roles.hpp"

#include <algorithm>
#include <functional>

namespace watertight::probes::api::foreign_count {

using namespace std::chrono_literals;

// Two numbers that no other cause is likely to add, one after the other.
static constexpr std::size_t lots[] = {3, 2};

// How much is listed is a count as well. Where others' tokens stand in the list, it is other
// probes' subject.
std::map<std::string, std::int64_t> counts_in(probe::exchange const& e)
{
    auto out = probe::numbers_in(e);
    if (e.foreign_token() == nullptr) out.merge(probe::sizes_in(e));
    return out;
}

static asio::awaitable<std::uint64_t> make_some(
    probe::context& ctx,
    target::resource const& r,
    tenant_index who,
    std::size_t n,
    std::int64_t& sum
)
{
    std::uint64_t made = 0;
    for (std::size_t i = 0; i < n; ++i) {
        auto const object = co_await ctx.create_object(r, who);
        if (object.has_error()) continue;
        ++made;
        sum += static_cast<std::int64_t>((*object)->canary_number);
    }
    co_return made;
}

static asio::awaitable<std::vector<probe::exchange>> look_at_all(
    probe::context& ctx, std::vector<probe::target_operation> const& reads, tenant_index who
)
{
    std::vector<probe::exchange> out(reads.size());
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const place = probe::own_place(ctx, who, reads[i], 0);
        out[i] = co_await ctx.send(*reads[i].op, ctx.actor(who), place);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(reads.size(), each);
    co_return out;
}

// A round of every trial, but for what is made in it.
static asio::awaitable<void> begin_round(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    tenant_index who,
    std::vector<trial>& trials
)
{
    auto before = co_await look_at_all(ctx, reads, who);
    auto again = co_await look_at_all(ctx, reads, who);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        trials[i].rounds.push_back({std::move(before[i]), std::move(again[i])});
    }
}

static asio::awaitable<void> end_round(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    tenant_index who,
    round const& made,
    std::vector<trial>& trials
)
{
    auto after = co_await look_at_all(ctx, reads, who);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        auto& r = trials[i].rounds.back();
        r.after = std::move(after[i]);
        r.made = made.made;
        r.sums = made.sums;
    }
}

asio::awaitable<void> look_beside_each(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    target::resource const& made_of,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    std::vector<trial> trials(reads.size());
    for (auto const lot : lots) {
        co_await begin_round(ctx, reads, pair.intruder, trials);
        round r;
        r.sums.resize(1);
        r.made = co_await make_some(ctx, made_of, pair.victim, lot, r.sums.front());
        co_await end_round(ctx, reads, pair.intruder, r, trials);
    }
    for (auto& t : trials) {
        t.other = pair.victim;
        t.resource = made_of.name;
        out.push_back(std::move(t));
    }
}

// How long the scenario grants views to show what was written.
static std::chrono::milliseconds renewal_of(std::vector<probe::target_operation> const& reads)
{
    static constexpr std::chrono::nanoseconds most = 30s;
    std::chrono::nanoseconds out{};
    for (auto const& read : reads) out = std::max(out, read.op->within);
    return std::chrono::ceil<std::chrono::milliseconds>(std::min(out, most));
}

// Some of each kind by both; kinds that can't all be made have no sum. Whether any could is told.
static asio::awaitable<bool> make_of_each(
    probe::context& ctx,
    std::vector<target::resource const*> const& resources,
    probe::tenant_pair pair,
    std::size_t lot,
    round& r
)
{
    auto any = false;
    r.made = lot + 1;
    for (auto const* const kind : resources) {
        std::int64_t sum = 0;
        auto const theirs = co_await make_some(ctx, *kind, pair.victim, lot, sum);
        auto const own = co_await make_some(ctx, *kind, pair.intruder, 1, sum);
        auto const is_whole = theirs + own == r.made;
        any = any || is_whole;
        r.sums.push_back(is_whole ? sum : 0);
    }
    co_return any;
}

asio::awaitable<void> look_beside_all(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    std::vector<target::resource const*> const& resources,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const renewal = renewal_of(reads);
    std::vector<trial> trials(reads.size());
    for (auto const lot : lots) {
        co_await probe::pause(renewal);
        co_await begin_round(ctx, reads, pair.intruder, trials);
        round r;
        auto const any = co_await make_of_each(ctx, resources, pair, lot, r);
        if (!any) co_return;
        co_await probe::pause(renewal);
        co_await end_round(ctx, reads, pair.intruder, r, trials);
    }
    for (auto& t : trials) {
        t.other = pair.victim;
        t.resource = "objects of each kind";
        t.beside_own = true;
        out.push_back(std::move(t));
    }
}

} // namespace watertight::probes::api::foreign_count
