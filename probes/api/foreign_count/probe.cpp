#include "probes/api/foreign_count/probe.hpp"

#include "harness/probe/numbers.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>
#include <cstdlib>

namespace watertight::probes::api::foreign_count {

constexpr probe::spec spec{
    .id = "api.foreign_count",
    .title = "A number in one's own view counts other tenants' objects",
    .where = probe::layer::api,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::medium,
    .cwe = "CWE-203",
    .owasp = "API3:2023",
    .asvs = "8.2.3, 8.4.1",
    .faults = "A07 A08 P23 P43",
    .rationale = "The rows of a page are filtered, the total beside them is not: a count, an "
                 "estimate or a counter that was written for one tenant. It tells every customer "
                 "how many the others have, and when.",
    .remedy = "Count what the same filtered query would return; no estimates from the catalogue, "
              "no counters without the tenant in their key.",
};

// How much is listed is a count as well. Where others' tokens stand in the list, it is other
// probes' subject.
static std::map<std::string, std::int64_t> counts_in(probe::exchange const& e)
{
    auto out = probe::numbers_in(e);
    if (e.foreign_token() == nullptr) out.merge(probe::sizes_in(e));
    return out;
}

// By how much what had been still before has grown in this round.
static std::map<std::string, std::int64_t> growth_in(round const& r)
{
    auto const before = counts_in(r.before);
    auto const again = counts_in(r.before_again);
    std::map<std::string, std::int64_t> out;
    for (auto const& [part, value] : counts_in(r.after)) {
        auto const was = before.find(part);
        auto const still = again.find(part);
        if (was == before.end() || still == again.end() || was->second != still->second) continue;
        if (value > was->second) out.emplace(part, value - was->second);
    }
    return out;
}

// A clock in seconds, milliseconds or microseconds, of these decades: it grows by itself.
static bool is_time(std::int64_t value)
{
    static constexpr std::int64_t first = 1'400'000'000;
    static constexpr std::int64_t last = 2'600'000'000;
    for (std::int64_t const unit : {1, 1000, 1'000'000}) {
        if (value / unit >= first && value / unit <= last) return true;
    }
    return false;
}

// For each object as much as for any other: they are counted, or one of their numbers is added up.
static bool grows_with_each(trial const& t, std::vector<std::int64_t> const& growth)
{
    auto const first = static_cast<std::int64_t>(t.rounds.front().made);
    if (first == 0 || growth.front() % first != 0) return false;
    for (std::size_t i = 0; i < growth.size(); ++i) {
        auto const made = static_cast<std::int64_t>(t.rounds[i].made);
        if (growth[i] != growth.front() / first * made) return false;
    }
    return true;
}

// By the sum of the numbers that the other tenant's objects carry, as far as a double tells them
// apart.
static bool grows_by_sum(trial const& t, std::vector<std::int64_t> const& growth)
{
    static constexpr std::int64_t rounding = 64;
    for (std::size_t i = 0; i < growth.size(); ++i) {
        auto const sum = t.rounds[i].sum;
        if (sum == 0 || std::abs(growth[i] - sum) > rounding) return false;
    }
    return true;
}

std::vector<std::string> counting_parts(trial const& t)
{
    std::map<std::string, std::vector<std::int64_t>> growth;
    for (auto const& r : t.rounds) {
        for (auto const& [part, by] : growth_in(r)) growth[part].push_back(by);
    }
    auto const last =
        t.rounds.empty() ? std::map<std::string, std::int64_t>{} : counts_in(t.rounds.back().after);
    std::vector<std::string> out;
    for (auto const& [part, by] : growth) {
        if (by.size() != t.rounds.size()) continue;
        auto const value = last.find(part);
        auto const is_clock = value != last.end() && is_time(value->second);
        auto const counts = grows_with_each(t, by) && !is_clock;
        if (counts || grows_by_sum(t, by)) out.push_back(part);
    }
    return out;
}

static bool is_usable(round const& r)
{
    return r.made > 0 && r.before.success() && r.before_again.success() && r.after.success();
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& last = t.rounds.back();
    auto const& channel = last.after.channel;
    if (!std::ranges::all_of(t.rounds, is_usable)) {
        seen.undecided(channel, "it can't be read throughout: " + probe::summary(last.after));
        return;
    }
    seen.decided(channel);
    auto const parts = counting_parts(t);
    if (parts.empty()) return;
    probe::violation v;
    v.victim = t.other;
    v.intruder = last.after.tenant;
    v.channel = channel;
    std::string steps;
    for (auto const& r : t.rounds) steps += fmt::format("{}{}", steps.empty() ? "" : ", ", r.made);
    v.detail = fmt::format(
        "While {} did nothing, another tenant created {} {}, one lot after another: {} grew with "
        "each of them.",
        last.after.sender,
        steps,
        t.resource,
        fmt::join(parts, ", ")
    );
    v.position = parts.front();
    v.exchanges = {last.before, last.after};
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

// Two numbers that no other cause is likely to add, one after the other.
static constexpr std::size_t lots[] = {3, 2};

struct lot_made {
    std::uint64_t count = 0;
    std::int64_t sum = 0;
};

static asio::awaitable<lot_made>
make_some(probe::context& ctx, target::resource const& r, tenant_index who, std::size_t n)
{
    lot_made out;
    for (std::size_t i = 0; i < n; ++i) {
        auto const object = co_await ctx.create_object(r, who);
        if (object.has_error()) continue;
        ++out.count;
        out.sum += static_cast<std::int64_t>((*object)->canary_number);
    }
    co_return out;
}

// The asker's views beside one another: nothing is made while they are read.
static asio::awaitable<void> look_before(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    tenant_index who,
    std::vector<trial>& trials
)
{
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const place = probe::own_place(ctx, who, reads[i], 0);
        round r;
        r.before = co_await ctx.send(*reads[i].op, ctx.actor(who), place);
        r.before_again = co_await ctx.send(*reads[i].op, ctx.actor(who), place);
        trials[i].rounds.push_back(std::move(r));
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(reads.size(), each);
}

static asio::awaitable<void> look_after(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    tenant_index who,
    lot_made made,
    std::vector<trial>& trials
)
{
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const place = probe::own_place(ctx, who, reads[i], 0);
        auto& r = trials[i].rounds.back();
        r.after = co_await ctx.send(*reads[i].op, ctx.actor(who), place);
        r.made = made.count;
        r.sum = made.sum;
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(reads.size(), each);
}

// All of the asker's views at once, so that each lot is made once for all of them.
static asio::awaitable<void> attempt(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    target::resource const& made_of,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    std::vector<trial> trials(reads.size());
    for (auto const lot : lots) {
        co_await look_before(ctx, reads, pair.intruder, trials);
        auto const made = co_await make_some(ctx, made_of, pair.victim, lot);
        co_await look_after(ctx, reads, pair.intruder, made, trials);
    }
    for (auto& t : trials) {
        t.other = pair.victim;
        t.resource = made_of.name;
        ctx.covered().examined("endpoint", t.rounds.back().after.channel, spec.id);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources = probe::resources_with(ctx.model(), {&resource::create});
    auto const reads = probe::collection_reads(ctx.model());
    auto const pairs = ctx.few_pairs(1);
    if (resources.empty() || reads.empty() || pairs.empty()) {
        out.not_applicable = "it takes two tenants, a creation, and a list or summary";
        co_return out;
    }
    std::vector<trial> trials;
    // One after another: what else is created meanwhile would be counted, too.
    for (auto const* const r : resources) co_await attempt(ctx, reads, *r, pairs.front(), trials);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::foreign_count
