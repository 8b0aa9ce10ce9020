#include "probes/cache/coalesced_read/probe.hpp"

#include "harness/probe/links.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::cache::coalesced_read {

constexpr probe::spec spec{
    .id = "cache.coalesced_read",
    .title = "Tenants that ask for the same thing in the same moment share one answer",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-524",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 14.3.2",
    .faults = "K08 A25",
    .rationale = "Requests that miss a cache together are merged into one, and loaders collect ids "
                 "of several requests into one query. If what they are merged by lacks the tenant, "
                 "whoever asks second gets what the first one may see.",
    .remedy = "Put the tenant into the key by which requests are merged, keep loaders and request "
              "caches in the request, and check the owner of what comes back.",
};

static void
judge_one(trial const& t, probe::exchange const& e, bool leaks_alone, probe::conclusion& out)
{
    auto const* const token = e.foreign_token();
    if (token == nullptr || leaks_alone) return;
    auto const detail = fmt::format(
        "{} asked, {}, in the same moment as another tenant, and was shown another tenant's data. "
        "Asking alone showed none.",
        e.sender,
        t.when
    );
    out.violations.push_back(probe::shown_by(*token, e.channel, detail, {t.alone, e}));
}

static bool shows_own(probe::exchange const& e)
{
    return e.success() && e.shows_canary_of(e.tenant);
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    // Shown to anybody who asks: other probes' findings.
    std::set<std::string> open;
    for (auto const& t : trials) {
        if (t.alone.foreign_token() != nullptr) open.insert(t.alone.channel);
    }
    for (auto const& t : trials) {
        for (auto const* const side : {&t.owners, &t.others}) {
            for (auto const& e : *side) judge_one(t, e, open.contains(e.channel), out);
        }
        // What a link opens is examined by itself.
        if (t.owners.empty() || std::ranges::any_of(t.owners, probe::gives_link_alone)) continue;
        auto const& channel = t.owners.front().channel;
        auto const is_lost = [](probe::exchange const& e) { return e.undecided(); };
        if (std::ranges::none_of(t.owners, shows_own))
            seen.undecided(channel, "the owner met no canary of its own in that moment");
        else if (t.others.empty() || std::ranges::all_of(t.others, is_lost))
            seen.undecided(channel, "nobody else was answered in that moment");
        else
            seen.decided(channel);
    }
    seen.finish(out);
    return out;
}

static constexpr std::size_t rounds = 8;
// As many at least, and no more once a slow target has taken so long over all of them.
static constexpr std::size_t rounds_least = 2;
static constexpr auto patience = std::chrono::seconds{8};
static constexpr std::size_t rounds_of_lists = 4;
static constexpr std::size_t burst_size = 8;
static constexpr std::size_t crowd_max = 8;

// One resource of which objects are made, asked for, changed, asked for again and removed.
class bench {
public:
    bench(probe::context& ctx, target::resource const& r, std::vector<trial>& out);

    asio::awaitable<void> go(std::size_t round);

private:
    asio::awaitable<void> ask_alone(probe::tenant_pair pair, std::size_t round);
    asio::awaitable<void>
    ask_for(target::object const& o, probe::tenant_pair pair, std::size_t round, std::string when);
    asio::awaitable<void> burst(
        probe::target_operation read,
        target::object const& o,
        probe::tenant_pair pair,
        std::size_t round,
        trial& t
    );
    asio::awaitable<void> list_at_once(probe::target_operation list, std::size_t round);
    asio::awaitable<bool> change(target::object const& o);

    probe::context& ctx_;
    target::resource const& r_;
    std::vector<trial>& out_;
    std::vector<probe::target_operation> reads_{};
    std::vector<probe::target_operation> lists_{};
    // By read, in its order: the control of the present round.
    std::vector<probe::exchange> alone_{};
};

bench::bench(probe::context& ctx, target::resource const& r, std::vector<trial>& out)
    : ctx_{ctx}, r_{r}, out_{out}
{
    for (auto const& read : probe::object_reads(ctx.model())) {
        if (read.of == &r && !probe::object_slots(*read.op).empty()) reads_.push_back(read);
    }
    for (auto const& read : probe::collection_reads(ctx.model())) {
        if (read.of == &r) lists_.push_back(read);
    }
}

asio::awaitable<void> bench::ask_alone(probe::tenant_pair pair, std::size_t round)
{
    alone_.clear();
    for (auto const& read : reads_) {
        auto const* const object = probe::pick_foreign(ctx_, pair, r_, round);
        if (object == nullptr) {
            alone_.emplace_back().channel = read.op->channel();
            continue;
        }
        auto const about = probe::about(ctx_, *object);
        auto const way = probe::approach::victims_path;
        auto answer = co_await probe::reach(ctx_, read, pair, way, about);
        alone_.push_back(std::move(answer));
    }
}

// Victim and intruders in turn, and in every second round an intruder first.
asio::awaitable<void> bench::burst(
    probe::target_operation read,
    target::object const& o,
    probe::tenant_pair pair,
    std::size_t round,
    trial& t
)
{
    auto const about = probe::about(ctx_, o);
    auto const ways = probe::approaches(*read.op);
    auto const tenants = ctx_.tenants();
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        if ((i + round) % 2 == 0) {
            auto answer = co_await ctx_.send(*read.op, ctx_.actor(pair.victim), about);
            t.owners.push_back(std::move(answer));
            co_return;
        }
        auto who = pair;
        if (i % 4 >= 2) who.intruder = tenants[(round + i) % tenants.size()];
        if (who.intruder == pair.victim) who.intruder = pair.intruder;
        auto const way = ways[(round / 2) % ways.size()];
        auto answer = co_await probe::reach(ctx_, read, who, way, about);
        t.others.push_back(std::move(answer));
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx_.for_each(burst_size, each);
}

asio::awaitable<void> bench::ask_for(
    target::object const& o, probe::tenant_pair pair, std::size_t round, std::string when
)
{
    for (std::size_t i = 0; i < reads_.size(); ++i) {
        trial t;
        t.when = when;
        t.alone = alone_[i];
        co_await burst(reads_[i], o, pair, round, t);
        out_.push_back(std::move(t));
    }
}

asio::awaitable<void> bench::list_at_once(probe::target_operation list, std::size_t round)
{
    auto tenants = ctx_.tenants();
    std::ranges::rotate(tenants, tenants.begin() + static_cast<long>(round % tenants.size()));
    if (tenants.size() > crowd_max) tenants.resize(crowd_max);
    trial t;
    t.when = "just after one of them had written";
    auto const first = tenants.front();
    auto const place = probe::own_place(ctx_, first, list, round);
    t.alone = co_await ctx_.send(*list.op, ctx_.actor(first), place);
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const who = tenants[i];
        auto const where = probe::own_place(ctx_, who, list, round);
        auto answer = co_await ctx_.send(*list.op, ctx_.actor(who), where);
        auto& side = i % 2 == 0 ? t.owners : t.others;
        side.push_back(std::move(answer));
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx_.for_each(tenants.size(), each);
    out_.push_back(std::move(t));
}

asio::awaitable<bool> bench::change(target::object const& o)
{
    if (!r_.update || !probe::is_tenants_own(ctx_.model(), *r_.update)) co_return false;
    auto options = probe::about(ctx_, o);
    options.canary = ctx_.fresh_canary(o.tenant);
    options.canary_number = ctx_.fresh_number(o.tenant);
    auto const changed = co_await ctx_.send(*r_.update, ctx_.actor(o.tenant), std::move(options));
    co_return changed.success();
}

asio::awaitable<void> bench::go(std::size_t round)
{
    auto const& pairs = ctx_.pairs();
    auto const pair = pairs[round % pairs.size()];
    co_await ask_alone(pair, round);
    auto const made = co_await ctx_.create_object(r_, pair.victim);
    if (made.has_error()) co_return;
    auto& object = **made;
    if (round < rounds_of_lists) {
        for (auto const& list : lists_) co_await list_at_once(list, round);
    }
    co_await ask_for(object, pair, round, "just after its creation");
    auto const changed = co_await change(object);
    if (changed) co_await ask_for(object, pair, round + 1, "just after it was changed");
    auto const about = probe::about(ctx_, object);
    auto const gone = co_await ctx_.send(*r_.remove, ctx_.actor(pair.victim), about);
    object.removed = gone.success() || gone.status == 404 || gone.status == 410;
}

// What a job makes is not there yet just after it was ordered.
static bool is_job(target::resource const& r)
{
    auto const is_polled = [](target::operation const& op) { return op.poll.is_set(); };
    return (r.read && is_polled(*r.read)) || std::ranges::any_of(r.others, is_polled);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto resources =
        probe::resources_with(ctx.model(), {&resource::create, &resource::read, &resource::remove});
    std::erase_if(resources, [](resource const* r) { return is_job(*r); });
    if (resources.empty() || ctx.pairs().empty()) {
        out.not_applicable = "it takes two tenants and a resource with create, read and remove";
        co_return out;
    }
    std::vector<trial> trials;
    auto const until = steady::now() + patience;
    for (auto const* const r : resources) {
        bench one{ctx, *r, trials};
        for (std::size_t round = 0; round < rounds; ++round) {
            if (round >= rounds_least && steady::now() > until) break;
            co_await one.go(round);
        }
    }
    out = judge(trials);
    if (trials.empty()) out.add_undecided("no object could be created to try it on");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::coalesced_read
