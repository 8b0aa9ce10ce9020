#include "probes/quota/shared_counter/probe.hpp"

#include "harness/probe/numbers.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>
#include <map>

namespace watertight::probes::quota::shared_counter {

constexpr probe::spec spec{
    .id = "quota.shared_counter",
    .title = "One tenant's requests use up another tenant's allowance",
    .where = probe::layer::quota,
    .kind = evidence::guarantee::performance,
    .level = evidence::severity::high,
    .cwe = "CWE-770",
    .owasp = "API4:2023",
    .asvs = "2.4.1, 15.2.2",
    .faults = "N8",
    .rationale = "A limit that is counted by address, by plan or for everybody lets one busy "
                 "customer lock all others out, and tells them how busy it is.",
    .remedy = "Count by the tenant of the verified credentials, in a key that names it.",
};

using numbers = std::map<std::string, std::int64_t>;

// What a round's answers count. Read once: lists are long, and so is the search for a counter.
struct tallied {
    std::vector<numbers> own;
    std::uint64_t others = 0;
};

static std::vector<tallied> counts_of(trial const& t)
{
    std::vector<tallied> out;
    for (auto const& r : t.rounds) {
        tallied one{{}, r.others};
        for (auto const& e : r.own) one.own.push_back(probe::numbers_in(e));
        out.push_back(std::move(one));
    }
    return out;
}

// The step by which a number moves with each own request in this round; 0 if it has none.
static std::int64_t
own_step(tallied const& r, std::string const& part, std::vector<std::int64_t>& values)
{
    values.clear();
    for (auto const& answer : r.own) {
        auto const found = answer.find(part);
        if (found == answer.end()) return 0;
        values.push_back(found->second);
    }
    if (values.size() < 4) return 0;
    auto const step = values[1] - values[0];
    for (std::size_t i = 1; i + 1 < values.size(); ++i) {
        if (values[i] - values[i - 1] != step) return 0;
    }
    return step;
}

static bool counts_others(tallied const& r, std::string const& part)
{
    std::vector<std::int64_t> values;
    auto const step = own_step(r, part, values);
    if (step == 0) return false;
    auto const last = values[values.size() - 1] - values[values.size() - 2];
    return last == step * (1 + static_cast<std::int64_t>(r.others));
}

static std::vector<std::string> shared_among(std::vector<tallied> const& rounds)
{
    std::vector<std::string> out;
    for (auto const& [part, value] : rounds.front().own.front()) {
        auto const in_round = [&](tallied const& r) { return counts_others(r, part); };
        if (std::ranges::all_of(rounds, in_round)) out.push_back(part);
    }
    return out;
}

std::vector<std::string> shared_parts(trial const& t)
{
    return shared_among(counts_of(t));
}

// A number that moves with one's own requests: without it no sharing could show.
static bool has_counter(tallied const& first)
{
    std::vector<std::int64_t> values;
    return std::ranges::any_of(first.own.front(), [&](auto const& one) {
        return own_step(first, one.first, values) != 0;
    });
}

static bool is_usable(round const& r)
{
    return std::ranges::all_of(r.own, &probe::exchange::success);
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    bool counts = false;
    for (auto const& t : trials) {
        auto const& last = t.rounds.back().own.back();
        if (!std::ranges::all_of(t.rounds, is_usable)) {
            seen.undecided(last.channel, "some requests failed: " + probe::summary(last));
            continue;
        }
        auto const rounds = counts_of(t);
        if (!has_counter(rounds.front())) continue;
        counts = true;
        seen.decided(last.channel);
        auto const parts = shared_among(rounds);
        if (parts.empty()) continue;
        probe::violation v;
        v.victim = last.tenant;
        v.intruder = t.other;
        v.channel = last.channel;
        v.detail = fmt::format(
            "{} moves by one step with each of {}'s requests, and by one more for each request "
            "that another tenant sends meanwhile.",
            fmt::join(parts, ", "),
            last.sender
        );
        v.position = parts.front();
        v.exchanges = {t.rounds.back().own[t.rounds.back().own.size() - 2], last};
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    if (!counts && out.undecided.empty()) {
        out.not_applicable = "no number in an answer counts the tenant's own requests";
    }
    return out;
}

// Numbers of requests that no other cause is likely to add, one after the other.
static constexpr std::size_t lots[] = {7, 4};

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    static constexpr std::size_t own_requests = 4;
    trial t;
    t.other = pair.intruder;
    auto const place = probe::own_place(ctx, pair.victim, read, 0);
    auto const others = probe::own_place(ctx, pair.intruder, read, 0);
    for (auto const lot : lots) {
        round r;
        r.others = lot;
        for (std::size_t i = 0; i < own_requests; ++i) {
            auto const is_last = i + 1 == own_requests;
            for (std::size_t n = 0; is_last && n < lot; ++n) {
                co_await ctx.send(*read.op, ctx.actor(pair.intruder), others);
            }
            auto e = co_await ctx.send(*read.op, ctx.actor(pair.victim), place);
            r.own.push_back(std::move(e));
        }
        t.rounds.push_back(std::move(r));
    }
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto reads = probe::collection_reads(ctx.model());
    // One counter serves most of them, as a rule.
    static constexpr std::size_t reads_max = 4;
    if (reads.size() > reads_max) reads.resize(reads_max);
    auto const pairs = ctx.few_pairs(2);
    if (reads.empty() || pairs.empty()) {
        out.not_applicable = "it takes two tenants and a list or summary";
        co_return out;
    }
    std::vector<trial> trials;
    // One after another: what else is sent meanwhile would be counted, too.
    for (auto const& pair : pairs) {
        for (auto const& read : reads) co_await attempt(ctx, read, pair, trials);
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::quota::shared_counter
