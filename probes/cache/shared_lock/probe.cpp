#include "probes/cache/shared_lock/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/redis_scan.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::cache::shared_lock {

using namespace std::chrono_literals;
using probe::redis_words;

constexpr probe::spec spec{
    .id = "cache.shared_lock",
    .title = "Tenants wait for one another at a lock of the same name",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::performance,
    .level = evidence::severity::medium,
    .cwe = "CWE-667",
    .owasp = "API4:2023",
    .asvs = "8.4.1, 15.4.1",
    .faults = "K24",
    .rationale =
        "A lock that is named after what is done, and not for whom, is one lock for all: a "
        "tenant's long job stops everybody's, and whoever waits learns that it runs.",
    .remedy = "Put the tenant into the lock's name, like into every key.",
};

std::optional<std::string> key_of_lock(std::string_view line)
{
    // 1700000000.123456 [0 127.0.0.1:50000] "SET" "lock:report" "token" "NX" "PX" "5000"
    std::vector<std::string> words;
    auto at = line.find("] \"");
    if (at == std::string_view::npos) return std::nullopt;
    for (at += 2; at < line.size() && line[at] == '"';) {
        std::string word;
        for (++at; at < line.size() && line[at] != '"'; ++at) {
            if (line[at] == '\\' && at + 1 < line.size()) ++at;
            word += line[at];
        }
        words.push_back(std::move(word));
        at += 2;
    }
    if (words.size() < 3) return std::nullopt;
    auto const verb = to_lower(words[0]);
    auto const is_nx = [](auto const& word) { return to_lower(word) == "nx"; };
    auto const asks =
        verb == "setnx" || (verb == "set" && std::any_of(words.begin() + 3, words.end(), is_nx));
    if (!asks) return std::nullopt;
    return words[1];
}

static bool waits(trial const& t)
{
    std::vector<double> differences;
    auto const n = std::min(t.alone_ms.size(), t.in_company_ms.size());
    for (std::size_t i = 0; i < n; ++i) differences.push_back(t.in_company_ms[i] - t.alone_ms[i]);
    static constexpr double p_max = 0.01;
    return median_of(differences) > 0.5 * median_of(t.alone_ms) &&
           signed_rank_p(differences) < p_max;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.why_not.empty()) {
            seen.undecided(t.channel, t.why_not);
            continue;
        }
        seen.decided(t.channel);
        if (t.key.empty()) continue;
        if (t.asked <= t.requests || !waits(t)) {
            out.notes.push_back(fmt::format(
                "{}: requests of several tenants set {} where it is not there yet, and none was "
                "seen to wait for it",
                t.channel,
                t.key
            ));
            continue;
        }
        probe::violation v;
        v.victim = t.victim;
        v.intruder = t.intruder;
        v.channel = t.channel;
        v.detail = fmt::format(
            "It takes {:.1f} ms alone and {:.1f} ms while another tenant does the same (medians): "
            "both ask for {}, {} times for {} requests.",
            median_of(t.alone_ms),
            median_of(t.in_company_ms),
            t.key,
            t.asked,
            t.requests
        );
        v.position = "key " + t.key;
        v.reproduction = t.reproduction;
        v.exchanges = {t.alone, t.in_company};
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    return out;
}

namespace {

/// What is sent: an operation of a tenant's users, or the creation of an object.
struct deed {
    target::resource const* of = nullptr;
    target::operation const* op = nullptr;
};

/// Hears the store's commands between marks that it sets itself.
class ear {
public:
    ear(stores::redis_listener heard, stores::redis& marker)
        : heard_{std::move(heard)}, marker_{marker}
    {
    }

    /// The locks that were asked for since the last time, with how often.
    asio::awaitable<result<std::map<std::string, std::uint64_t>>> listen()
    {
        static constexpr std::size_t lines_max = 200'000;
        auto const mark = fmt::format("watertight-mark-{}", ++marks_);
        redis_words words{"ECHO", mark};
        auto const set = co_await marker_.command(std::move(words));
        if (set.has_error()) co_return set.error();
        std::map<std::string, std::uint64_t> out;
        for (std::size_t i = 0; i < lines_max; ++i) {
            auto const line = co_await heard_.receive(2s);
            if (line.has_error()) co_return line.error();
            if (line->text.ends_with('"' + mark + '"')) co_return out;
            if (auto const key = key_of_lock(line->text)) ++out[*key];
        }
        co_return failure{errc::exhausted, "the store is too busy to be listened to", {}};
    }

private:
    stores::redis_listener heard_;
    stores::redis& marker_;
    std::uint64_t marks_ = 0;
};

} // namespace

static std::vector<deed> deeds(target::model const& m)
{
    static constexpr std::size_t deeds_max = 10;
    std::vector<deed> out;
    for (auto const& op : m.operations) {
        auto const changes = op.method == "POST" || op.method == "PUT" || op.method == "PATCH";
        if (changes && probe::is_tenants_own(m, op)) out.push_back({nullptr, &op});
    }
    using target::resource;
    for (auto const* const r : probe::resources_with(m, {&resource::create})) {
        if (r->parent.empty()) out.push_back({r, &*r->create});
    }
    if (out.size() > deeds_max) out.resize(deeds_max);
    return out;
}

static asio::awaitable<probe::exchange> send(probe::context& ctx, deed const& d, tenant_index t)
{
    if (d.of == nullptr) {
        probe::request_options options;
        options.canary = ctx.fresh_canary(t);
        options.canary_number = ctx.fresh_number(t);
        co_return co_await ctx.send(*d.op, ctx.actor(t), std::move(options));
    }
    auto const begun = steady::now();
    auto const made = co_await ctx.create_object(*d.of, t);
    probe::exchange e;
    e.channel = d.op->channel();
    e.tenant = t;
    e.answered = true;
    e.status = made.has_value() ? 201 : 400;
    e.took = steady::now() - begun;
    if (made.has_value()) co_await probe::discard(ctx, *d.of, **made);
    co_return e;
}

static double ms_of(probe::exchange const& e)
{
    return std::chrono::duration<double, std::milli>{e.took}.count();
}

static asio::awaitable<result<void>> race(probe::context& ctx, ear& ears, deed const& d, trial& t)
{
    static constexpr int rounds = 10;
    static constexpr std::size_t company = 3;
    for (int i = 0; i < rounds; ++i) {
        t.alone = co_await send(ctx, d, t.victim);
        static_cast<void>(co_await ears.listen());
        auto const work = [&](std::size_t n) -> asio::awaitable<void> {
            auto e = co_await send(ctx, d, n == company ? t.victim : t.intruder);
            if (n == company) t.in_company = std::move(e);
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await ctx.for_each(company + 1, each);
        auto const heard = co_await ears.listen();
        if (heard.has_error()) co_return heard.error();
        if (!t.alone.success() || !t.in_company.success()) continue;
        auto const at = heard->find(t.key);
        t.asked += at == heard->end() ? 0 : at->second;
        t.requests += company + 1;
        t.alone_ms.push_back(ms_of(t.alone));
        t.in_company_ms.push_back(ms_of(t.in_company));
    }
    co_return boost::system::in_place_value;
}

static asio::awaitable<trial>
attempt(probe::context& ctx, ear& ears, deed const& d, probe::tenant_pair pair)
{
    trial t;
    t.channel = d.op->channel();
    t.victim = pair.victim;
    t.intruder = pair.intruder;
    static_cast<void>(co_await ears.listen());
    auto const theirs = co_await send(ctx, d, pair.intruder);
    auto const of_intruder = co_await ears.listen();
    auto const own = co_await send(ctx, d, pair.victim);
    auto const of_victim = co_await ears.listen();
    if (of_intruder.has_error() || of_victim.has_error()) {
        auto const& failed = of_victim.has_error() ? of_victim : of_intruder;
        t.why_not = "the store's commands can't be heard: " + failed.error().message;
        co_return t;
    }
    if (!theirs.success() || !own.success()) {
        t.why_not = "the request fails: " + probe::summary(own.success() ? theirs : own);
        co_return t;
    }
    for (auto const& [key, n] : *of_victim) {
        if (of_intruder->contains(key)) t.key = key;
    }
    if (t.key.empty()) co_return t;
    auto const url = probe::variable_for(ctx, ctx.redis_store().url);
    t.reproduction = evidence::redis_command(url, {"GET", t.key});
    auto const raced = co_await race(ctx, ears, d, t);
    if (raced.has_error()) t.why_not = raced.error().message;
    co_return t;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const all = deeds(ctx.model());
    auto const pairs = ctx.few_pairs(1);
    if (!ctx.has_redis() || all.empty() || pairs.empty()) {
        out.not_applicable = "stores.redis, and a request of tenants that changes something";
        co_return out;
    }
    auto const marker = co_await ctx.redis();
    auto url = ctx.redis_store().url;
    auto heard = co_await stores::redis_listener::connect(ctx.core(), std::move(url), 5s);
    if (marker.has_error()) out.add_undecided(marker.error().message);
    if (heard.has_error()) out.add_undecided(heard.error().message);
    if (!out.undecided.empty()) co_return out;
    redis_words words{"MONITOR"};
    auto const begun = co_await heard->command(std::move(words));
    if (begun.has_error()) {
        out.not_applicable =
            "an account in stores.redis that may MONITOR, to see who asks for which "
            "lock: " +
            begun.error().message;
        co_return out;
    }
    ear ears{std::move(*heard), **marker};
    std::vector<trial> trials;
    for (auto const& d : all) {
        auto t = co_await attempt(ctx, ears, d, pairs.front());
        trials.push_back(std::move(t));
        ctx.tick();
    }
    // A request that this tenant may not send, or not twice, has no lock to be judged.
    auto const fails = [](trial const& t) { return t.why_not.starts_with("the request fails"); };
    std::erase_if(trials, fails);
    if (trials.empty()) {
        out.not_applicable = "a request of tenants that changes something and succeeds";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::shared_lock
