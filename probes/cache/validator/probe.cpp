#include "probes/cache/validator/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

namespace watertight::probes::cache::validator {

constexpr probe::spec spec{
    .id = "cache.validator",
    .title = "304 confirms another tenant's version of an object",
    .where = probe::layer::cache,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::medium,
    .cwe = "CWE-203",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 14.2.5",
    .faults = "K19",
    .rationale =
        "The validator is compared before the caller's right is: a table of ETags by id, or a "
        "cache that revalidates for everybody. 304 tells a stranger that the object exists and "
        "that it has not changed, and lets a shared cache serve it.",
    .remedy = "Look the object up with the tenant first, and compare validators of what was found "
              "only; make the tenant part of any table of validators.",
};

static constexpr int not_modified = 304;

std::vector<condition> conditions_of(probe::exchange const& e)
{
    std::vector<condition> out;
    if (auto const tag = net::find_header(e.head, "ETag")) {
        out.push_back({"If-None-Match", std::string{*tag}});
    }
    if (auto const date = net::find_header(e.head, "Last-Modified")) {
        out.push_back({"If-Modified-Since", std::string{*date}});
    }
    return out;
}

// The intruder's own answer has the same validator: its 304 is right.
static bool has_validator(probe::exchange const& e, condition const& asked)
{
    if (!e.success()) return false;
    // Dates of different objects say nothing of each other: "not since then" is true of any older.
    if (asked.header == "If-Modified-Since") return true;
    for (auto const& own : conditions_of(e)) {
        if (own.header == asked.header && own.value == asked.value) return true;
    }
    return false;
}

static void judge_one(trial const& t, probe::conclusion& out)
{
    auto const confirmed = t.hostile.status == not_modified && t.absent.status != not_modified;
    if (!confirmed || has_validator(t.plain, t.asked)) return;
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.hostile.tenant;
    v.channel = t.control.channel;
    v.detail = fmt::format(
        "{} asked {} with {}: {} of the owner's answer and got 304; without it, {}.",
        t.hostile.sender,
        t.way,
        t.asked.header,
        t.asked.value,
        probe::summary(t.plain)
    );
    v.token = t.asked.value;
    v.exchanges = {t.owners, t.plain, t.hostile};
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = fmt::format("{} {}", t.control.channel, t.asked.header);
        // Who sends validators need not answer to them.
        if (t.owners.answered && t.owners.status != not_modified && !t.owners.undecided()) continue;
        if (t.owners.undecided() || t.plain.undecided() || t.hostile.undecided()) {
            seen.undecided(channel, "some requests failed or were throttled");
        } else if (t.absent.undecided()) {
            seen.undecided(channel, "the question for what nobody has failed");
        } else {
            seen.decided(channel);
            judge_one(t, out);
        }
    }
    seen.finish(out);
    return out;
}

static probe::request_options with(probe::request_options options, condition const& c)
{
    options.changes.headers.emplace_back(c.header, c.value);
    return options;
}

// For a list there is no absent twin; a validator that nobody was given stands for it.
static condition nobodys(condition c)
{
    if (c.header == "If-None-Match") return {c.header, "\"wt-nobodys-version\""};
    return {c.header, "Thu, 01 Jan 1970 00:00:00 GMT"};
}

static target::values
absent_slots(probe::context& ctx, target::operation const& op, target::object const* object)
{
    target::values out;
    if (object == nullptr) return out;
    for (auto const& slot : probe::object_slots(op)) {
        auto const name = slot.starts_with("object.") ? slot.substr(7) : slot;
        auto const real = object->attributes.find(name);
        if (real) out.set(slot, probe::absent_twin(*real, ctx.random()));
    }
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::size_t turn,
    std::vector<trial>& out
)
{
    auto const place = probe::victims_place(ctx, read, pair.victim, turn);
    if (!place) co_return;
    auto const* const object = place->object;
    if (object != nullptr && probe::has_same_id(ctx, pair.intruder, *object)) co_return;
    auto const control = co_await ctx.send(*read.op, ctx.actor(pair.victim), *place);
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    if (!control.success()) co_return;
    auto const nobody = absent_slots(ctx, *read.op, object);
    for (auto const& asked : conditions_of(control)) {
        for (auto const way : probe::approaches(*read.op)) {
            trial t{.victim = pair.victim, .asked = asked, .control = control};
            t.way = probe::describe(way);
            auto const conditional = with(*place, asked);
            t.owners = co_await ctx.send(*read.op, ctx.actor(pair.victim), conditional);
            t.plain = co_await probe::reach(ctx, read, pair, way, *place);
            t.hostile = co_await probe::reach(ctx, read, pair, way, conditional);
            auto other = conditional;
            if (nobody.all().empty()) other = with(*place, nobodys(asked));
            other.extra = &nobody;
            t.absent = co_await probe::reach(ctx, read, pair, way, other);
            out.push_back(std::move(t));
        }
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = probe::cacheable_reads(ctx.model());
    static constexpr std::size_t pairs_max = 4;
    auto const pairs = ctx.few_pairs(pairs_max);
    probe::conclusion out;
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], i, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    out = judge(trials);
    if (out.trials == 0 && out.undecided.empty()) {
        out.not_applicable = "no answer has a validator (ETag, Last-Modified) that it answers to";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::cache::validator
