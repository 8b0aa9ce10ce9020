#include "probes/api/duplicate_oracle/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>

namespace watertight::probes::api::duplicate_oracle {

constexpr probe::spec spec{
    .id = "api.duplicate_oracle",
    .title = "A value is refused because another tenant has it",
    .where = probe::layer::api,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::medium,
    .cwe = "CWE-203",
    .owasp = "API3:2023",
    .asvs = "8.4.1, 16.5.1",
    .faults = "A20 P37 P38",
    .rationale = "A unique index without the tenant answers for all tenants: whoever tries an "
                 "e-mail address or a number learns whether some other customer has it, and can "
                 "keep it from them.",
    .remedy = "Make the tenant the first column of every unique index; where a value must be "
              "unique throughout, let it be confirmed by its owner instead of refused.",
};

static bool is_refused(attempt const& a)
{
    return a.victims_made && a.control_made && !a.hostile_made && !a.hostile.undecided();
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& last = t.attempts.back();
        auto const& channel = last.hostile.channel;
        auto const usable = [](attempt const& a) {
            return a.victims_made && a.control_made && !a.hostile.undecided();
        };
        if (!std::ranges::all_of(t.attempts, usable)) {
            if (!t.is_update) {
                seen.undecided(channel, "creation fails with values of one's own, too");
            }
            continue;
        }
        seen.decided(channel);
        if (!std::ranges::all_of(t.attempts, is_refused)) continue;
        probe::violation v;
        v.victim = t.victim;
        v.intruder = last.hostile.tenant;
        v.channel = channel;
        v.detail = fmt::format(
            "{} may {} an object with values of its own, but not with those that another tenant's "
            "object has ({}), each time.",
            last.hostile.sender,
            t.is_update ? "change" : "create",
            probe::summary(last.hostile)
        );
        v.exchanges = {last.victims, last.control, last.hostile};
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    return out;
}

// Values that are nobody's canaries: in two tenants at once a canary would look like a leak.
struct neutral {
    std::string text{};
    std::uint64_t number = 0;
};

static neutral fresh(rng& random)
{
    static constexpr std::string_view letters = "bcdfghjklmnpqrstvwxyz";
    neutral out{"wtdup", 100'000'000'000'000 + random.below(800'000'000'000'000)};
    for (int i = 0; i < 20; ++i) out.text += letters[random.below(letters.size())];
    return out;
}

static asio::awaitable<std::pair<probe::exchange, bool>> create(
    probe::context& ctx,
    target::resource const& r,
    tenant_index who,
    neutral const& values,
    std::vector<probe::planting>& made
)
{
    auto object = co_await probe::planting::begin(ctx, r, who);
    auto options = object.options();
    options.canary = values.text;
    options.canary_number = values.number;
    options.parent = probe::own_place(ctx, who, {&r, &*r.create}, 0).parent;
    probe::tenant_pair const itself{who, who};
    auto e = co_await object.send(ctx, itself, probe::approach::own_path, std::move(options));
    auto const is_made = object.is_made();
    made.push_back(std::move(object));
    co_return std::pair{std::move(e), is_made};
}

static asio::awaitable<void> try_pair(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    static constexpr int repetitions = 2;
    trial t;
    t.victim = pair.victim;
    std::vector<probe::planting> made;
    for (int i = 0; i < repetitions; ++i) {
        auto const same = fresh(ctx.random());
        auto const other = fresh(ctx.random());
        attempt a;
        std::tie(a.victims, a.victims_made) = co_await create(ctx, r, pair.victim, same, made);
        std::tie(a.hostile, a.hostile_made) = co_await create(ctx, r, pair.intruder, same, made);
        std::tie(a.control, a.control_made) = co_await create(ctx, r, pair.intruder, other, made);
        t.attempts.push_back(std::move(a));
    }
    for (auto& object : made) co_await object.discard(ctx);
    out.push_back(std::move(t));
}

static asio::awaitable<std::pair<probe::exchange, bool>> change(
    probe::context& ctx, target::resource const& r, target::object const& o, neutral const& values
)
{
    auto options = probe::about(ctx, o);
    options.canary = values.text;
    options.canary_number = values.number;
    auto e = co_await ctx.send(*r.update, ctx.actor(o.tenant), std::move(options));
    auto const is_made = e.success();
    co_return std::pair{std::move(e), is_made};
}

// The same by changes: what checks a change may be another piece of code.
static asio::awaitable<void> try_changes(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    static constexpr int repetitions = 2;
    auto const theirs = co_await ctx.create_object(r, pair.victim);
    auto const own = co_await ctx.create_object(r, pair.intruder);
    trial t;
    t.victim = pair.victim;
    t.is_update = true;
    for (int i = 0; i < repetitions && theirs.has_value() && own.has_value(); ++i) {
        auto const same = fresh(ctx.random());
        auto const other = fresh(ctx.random());
        attempt a;
        std::tie(a.victims, a.victims_made) = co_await change(ctx, r, **theirs, same);
        std::tie(a.hostile, a.hostile_made) = co_await change(ctx, r, **own, same);
        std::tie(a.control, a.control_made) = co_await change(ctx, r, **own, other);
        t.attempts.push_back(std::move(a));
    }
    if (theirs.has_value()) co_await probe::discard(ctx, r, **theirs);
    if (own.has_value()) co_await probe::discard(ctx, r, **own);
    if (!t.attempts.empty()) out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto resources = probe::resources_with(ctx.model(), {&resource::create});
    // Without a canary there is no value of one's own that could clash.
    std::erase_if(resources, [](auto const* r) { return !probe::writes_canary(*r->create); });
    if (resources.empty()) {
        out.not_applicable = "no creation writes a canary";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 2;
    std::vector<trial> trials;
    for (auto const& pair : ctx.few_pairs(pairs_max)) {
        for (auto const* const r : resources) {
            co_await try_pair(ctx, *r, pair, trials);
            auto const is_written = r->update && probe::writes_canary(*r->update);
            if (is_written) co_await try_changes(ctx, *r, pair, trials);
        }
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::duplicate_oracle
