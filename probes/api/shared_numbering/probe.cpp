#include "probes/api/shared_numbering/probe.hpp"

#include "harness/probe/numbers.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::shared_numbering {

constexpr probe::spec spec{
    .id = "api.shared_numbering",
    .title = "Tenants' objects are numbered in one sequence",
    .where = probe::layer::api,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::low,
    .cwe = "CWE-340",
    .owasp = "API3:2023",
    .asvs = "8.2.3, 8.4.1",
    .faults = "P44",
    .rationale = "A number that all tenants draw from one sequence tells each of them how much the "
                 "others make: two invoices a day apart are the competitor's turnover.",
    .remedy = "Number by tenant, from a counter of the tenant's own row; show no sequence's value.",
};

static std::optional<std::int64_t>
number_of(trial const& t, std::size_t i, std::string const& place)
{
    auto const at = t.numbers[i].find(place);
    if (at == t.numbers[i].end()) return std::nullopt;
    return at->second;
}

// The first two are a step apart; each further one is as many steps on as objects were made.
static bool is_shared(trial const& t, std::string const& place)
{
    std::int64_t step = 0;
    for (std::size_t i = 1; i < t.numbers.size(); ++i) {
        auto const before = number_of(t, i - 1, place);
        auto const now = number_of(t, i, place);
        if (!before || !now) return false;
        if (i == 1) step = *now - *before;
        if (step <= 0 || *now - *before != step * (t.between[i] + 1)) return false;
    }
    return step > 0;
}

std::vector<std::string> shared_places(trial const& t)
{
    std::vector<std::string> out;
    if (t.numbers.size() < 4) return out;
    for (auto const& [place, value] : t.numbers.front()) {
        if (is_shared(t, place)) out.push_back(place);
    }
    return out;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided(t.channel, t.failure);
            continue;
        }
        seen.decided(t.channel);
        auto const places = shared_places(t);
        if (places.empty()) continue;
        probe::violation v;
        v.victim = t.victim;
        v.intruder = t.intruder;
        v.channel = t.channel;
        v.detail = fmt::format(
            "{} of a tenant's new objects goes on by exactly one step for each object that it or "
            "another tenant creates: whoever creates one now and then counts the others'.",
            places.front()
        );
        v.position = places.front();
        v.exchanges = {t.last};
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    return out;
}

static constexpr std::int64_t between[] = {0, 0, 3, 0, 1};

// An id that counts tells as much, and is what most databases give: it is a note of the lint's.
static std::map<std::string, std::int64_t>
numbers_of(probe::exchange const& e, std::string const& id)
{
    auto out = probe::numbers_in(e);
    std::erase_if(out, [&](auto const& one) { return std::to_string(one.second) == id; });
    return out;
}

static asio::awaitable<trial>
attempt(probe::context& ctx, target::resource const& r, probe::tenant_pair pair)
{
    trial t{.channel = r.create->channel(), .victim = pair.victim, .intruder = pair.intruder};
    std::vector<target::object*> made;
    for (auto const others : between) {
        for (std::int64_t i = 0; i < others; ++i) {
            auto const theirs = co_await ctx.create_object(r, pair.victim);
            if (theirs.has_error()) t.failure = theirs.error().message;
            if (theirs.has_value()) made.push_back(*theirs);
        }
        auto const own = co_await ctx.create_object(r, pair.intruder);
        if (own.has_error()) t.failure = own.error().message;
        if (!t.failure.empty()) break;
        made.push_back(*own);
        auto& owner = ctx.actor(pair.intruder);
        t.last = co_await probe::look_up(ctx, r, owner, probe::about(ctx, **own));
        if (!t.last.success()) t.failure = "it can't be read: " + probe::summary(t.last);
        t.between.push_back(others);
        t.numbers.push_back(numbers_of(t.last, probe::id_of(**own)));
        // Where an object has no number, none can be drawn from a sequence.
        if (t.numbers.back().empty()) break;
    }
    for (auto* const o : made) co_await probe::discard(ctx, r, *o);
    co_return t;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const pairs = ctx.few_pairs(1);
    std::vector<trial> trials;
    for (auto const* const r : probe::seen_resources_with(ctx.model(), {&resource::create})) {
        if (!r->parent.empty() || r->is_shared || pairs.empty()) continue;
        trials.push_back(co_await attempt(ctx, *r, pairs.front()));
        ctx.tick();
    }
    if (trials.empty()) {
        out.not_applicable = "a resource that tenants create and read, under no other";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::shared_numbering
