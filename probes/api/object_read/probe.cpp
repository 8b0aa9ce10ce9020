#include "probes/api/object_read/probe.hpp"

#include "harness/probe/shaping.hpp"
#include "harness/probe/tally.hpp"

namespace watertight::probes::api::object_read {

constexpr probe::spec spec{
    .id = "api.object_read",
    .title = "Another tenant's object can be read by its id",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A01 A04 A11 A12 A13 A18 A34 F1 K01 K20",
    .rationale =
        "The handler looks the object up by its id alone and trusts that nobody else knows "
        "it. Ids travel in links, logs, exports and mails; whoever has one has the data.",
    .remedy = "Put the tenant of the credentials into the query itself (WHERE id = ... AND "
              "tenant_id = ...) or enforce it below the handlers by row-level security.",
};

static bool as_expected(target::foreign_access expected, probe::exchange const& e)
{
    switch (expected) {
    case target::foreign_access::harmless:
    case target::foreign_access::empty:
        return true;
    case target::foreign_access::denied:
        return e.status == 401 || e.status == 403;
    case target::foreign_access::not_found:
        return e.status == 404 || e.status == 410;
    }
    return true;
}

static void judge_answer(
    trial const& t, probe::exchange const& hostile, std::string_view when, probe::conclusion& out
)
{
    auto const& channel = t.control.channel;
    if (auto const* const token = hostile.foreign_token()) {
        out.violations.push_back(probe::shown_by(
            *token,
            channel,
            fmt::format(
                "{} asked for an object of another tenant {}, {}, and was shown another tenant's "
                "data.",
                hostile.sender,
                t.way,
                when
            ),
            {t.control, hostile}
        ));
    } else if (!as_expected(t.expected, hostile)) {
        probe::violation v;
        v.victim = t.control.tenant;
        v.intruder = hostile.tenant;
        v.channel = channel;
        v.detail = "The scenario expects another refusal of foreign access than " +
                   probe::summary(hostile) + ".";
        v.exchanges = {t.control, hostile};
        v.level = evidence::severity::low;
        out.violations.push_back(std::move(v));
    }
}

// Ids that exist in both tenants and a cache that knows nothing of tenants: the owner is served
// what the other one left there.
static void judge_control(trial const& t, probe::conclusion& out)
{
    auto const* const token = t.control.foreign_token();
    if (token == nullptr) return;
    out.violations.push_back(probe::shown_by(
        *token,
        t.control.channel,
        t.control.sender + " asked for its own object and was shown another tenant's.",
        {t.cold, t.control}
    ));
}

// Whoever is refused is shown nothing, whatever the owner is shown.
static bool is_refused(trial const& t)
{
    return t.cold.refused() && t.warm.refused();
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        judge_answer(t, t.cold, "before the owner had read it", out);
        judge_control(t, out);
        judge_answer(t, t.warm, "after the owner had read it", out);
        if (!t.cold.answered && t.cold.wire.empty()) {
            seen.undecided(channel, t.cold.failure);
        } else if (!t.control.success()) {
            seen.undecided(channel, "the owner's own read failed: " + probe::summary(t.control));
        } else if (t.is_state && !t.control.shows_canary_of(t.control.tenant)) {
            // What it made is read elsewhere.
            continue;
        } else if (!t.control.shows_canary_of(t.control.tenant) && !is_refused(t)) {
            seen.undecided(channel, "the owner's own read shows no canary, so a leak would not");
        } else if (t.cold.undecided() || t.warm.undecided()) {
            auto const& broken = t.cold.undecided() ? t.cold : t.warm;
            seen.undecided(channel, "the intruder's request failed: " + probe::summary(broken));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    target::object const& object,
    probe::approach way,
    std::vector<trial>& out
)
{
    trial t;
    // Where both have the id, the intruder's own object is the right answer to it; and what a body
    // asks for in vain is answered with nothing rather than with a refusal.
    auto const is_free =
        probe::has_same_id(ctx, pair.intruder, object) || read.op->method == "POST";
    t.expected = is_free ? target::foreign_access::harmless : read.of->expect_foreign;
    t.way = probe::describe(way);
    t.is_state = read.op->poll.tells_state();
    auto const about = probe::about(ctx, object);
    t.cold = co_await probe::reach(ctx, read, pair, way, about);
    t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), about);
    t.warm = co_await probe::reach(ctx, read, pair, way, about);
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<void> attempt_all(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::size_t turn,
    std::vector<trial>& out
)
{
    for (auto const way : probe::approaches(*read.op)) {
        // By the victim's path an id that both have is as good as any other.
        auto const* const object = way == probe::approach::victims_path
                                       ? probe::pick_object(ctx, pair.victim, *read.of, turn)
                                       : probe::pick_foreign(ctx, pair, *read.of, turn);
        if (object != nullptr) co_await attempt(ctx, read, pair, *object, way, out);
    }
}

// The same read with what shapes its answer. Its controls are sent in the same way.
static asio::awaitable<void> attempt_shaped(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::size_t turn,
    std::vector<trial>& out
)
{
    auto const* const object = probe::pick_foreign(ctx, pair, *read.of, turn);
    if (object == nullptr || read.op->method != "GET") co_return;
    auto about = probe::about(ctx, *object);
    auto const plain = co_await ctx.send(*read.op, ctx.actor(pair.victim), about);
    for (auto const& query : probe::shaping_queries(ctx, *read.op, plain)) {
        about.changes.query = query;
        // Under the intruder's own path, too: what shapes an answer may lead to another query,
        // which nothing stands before there.
        for (auto const way : probe::approaches(*read.op)) {
            trial t;
            t.way = way == probe::approach::victims_path
                        ? "with what shapes the answer"
                        : "from a place of its own, with what shapes the answer";
            t.cold = co_await probe::reach(ctx, read, pair, way, about);
            t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), about);
            t.warm = co_await probe::reach(ctx, read, pair, way, about);
            // Where a parameter is refused, or leaves nothing to see, it opens no way of its own.
            auto const shows_own = t.control.shows_canary_of(pair.victim);
            if (!shows_own || t.cold.undecided() || t.warm.undecided()) continue;
            t.is_state = read.op->poll.tells_state();
            out.push_back(std::move(t));
        }
    }
}

static constexpr std::size_t shaped_pairs_max = 3;

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = probe::object_reads(ctx.model());
    probe::conclusion out;
    if (reads.empty()) {
        out.not_applicable = "the scenario describes no read of a single object";
        co_return out;
    }
    auto const& pairs = ctx.pairs();
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt_all(ctx, reads[i % reads.size()], pairs[i / reads.size()], i, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    auto const few = ctx.few_pairs(shaped_pairs_max);
    auto const shaped = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt_shaped(ctx, reads[i % reads.size()], few[i / reads.size()], i, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each_shaped = shaped;
    co_await ctx.for_each(few.size() * reads.size(), each_shaped);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::object_read
