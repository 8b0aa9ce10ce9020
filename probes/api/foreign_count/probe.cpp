#include "probes/api/foreign_count/probe.hpp"

#include "harness/probe/tally.hpp"
#include "probes/api/foreign_count/rounds.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

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

// By the sum of the numbers that the objects of one kind carry, as far as a double tells them
// apart.
static bool grows_by_sum(trial const& t, std::vector<std::int64_t> const& growth)
{
    static constexpr std::int64_t rounding = 64;
    auto const agrees = [&](std::size_t resource) {
        for (std::size_t i = 0; i < growth.size(); ++i) {
            auto const& sums = t.rounds[i].sums;
            auto const sum = resource < sums.size() ? sums[resource] : 0;
            if (sum == 0 || std::abs(growth[i] - sum) > rounding) return false;
        }
        return true;
    };
    for (std::size_t i = 0; i < t.rounds.front().sums.size(); ++i) {
        if (agrees(i)) return true;
    }
    return false;
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

static void
judge_one(trial const& t, std::set<std::string>& told, probe::conclusion& out, probe::tally& seen)
{
    auto const& last = t.rounds.back();
    auto const& channel = last.after.channel;
    if (!std::ranges::all_of(t.rounds, is_usable)) {
        seen.undecided(channel, "it can't be read throughout: " + probe::summary(last.after));
        return;
    }
    seen.decided(channel);
    auto const parts = counting_parts(t);
    // By whichever resource it was seen first.
    if (parts.empty() || !told.insert(channel + parts.front()).second) return;
    probe::violation v;
    v.victim = t.other;
    v.intruder = last.after.tenant;
    v.channel = channel;
    std::string steps;
    for (auto const& r : t.rounds) {
        auto const theirs = r.made - (t.beside_own ? 1 : 0);
        steps += fmt::format("{}{}", steps.empty() ? "" : ", ", theirs);
    }
    v.detail = fmt::format(
        "While {} {}, another tenant created {} {}, one lot after another: {} grew with each of "
        "them.",
        last.after.sender,
        t.beside_own ? "made one of each kind, so that what is kept is renewed" : "did nothing",
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
    std::set<std::string> told;
    for (auto const& t : trials) judge_one(t, told, out, seen);
    seen.finish(out);
    return out;
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
    for (auto const* const r : resources) {
        co_await look_beside_each(ctx, reads, *r, pairs.front(), trials);
    }
    co_await look_beside_all(ctx, reads, resources, pairs.front(), trials);
    for (auto const& read : reads) ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::foreign_count
