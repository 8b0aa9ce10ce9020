#include "probes/api/object_read/probe.hpp"

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
    .faults = "A01 A04 A12 A13 A18 A34 K01 K20",
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
    if (auto const* const token = hostile.token_of(t.control.tenant)) {
        out.violations.push_back(probe::shown_by(
            *token,
            channel,
            fmt::format(
                "{} asked for an object of another tenant by its id, {}, and was shown the "
                "owner's data.",
                hostile.sender,
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

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        judge_answer(t, t.cold, "before the owner had read it", out);
        judge_answer(t, t.warm, "after the owner had read it", out);
        if (!t.control.success()) {
            seen.undecided(channel, "the owner's own read failed: " + probe::summary(t.control));
        } else if (!t.control.shows_canary_of(t.control.tenant)) {
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

// A path that names a tenant is tried both ways: the victim's path, and the victim's id under the
// intruder's own path.
static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    target::object const& object,
    bool own_path,
    std::vector<trial>& out
)
{
    trial t;
    t.expected = read.of->expect_foreign;
    auto const options = probe::about(ctx, object);
    auto& intruder = ctx.actor(pair.intruder);
    if (own_path) {
        t.cold = co_await ctx.send(*read.op, intruder, options);
    } else {
        t.cold = co_await probe::send_as_intruder(ctx, *read.op, pair, options);
    }
    t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), options);
    if (own_path) {
        t.warm = co_await ctx.send(*read.op, intruder, options);
    } else {
        t.warm = co_await probe::send_as_intruder(ctx, *read.op, pair, options);
    }
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(t));
}

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
        auto const& read = reads[i % reads.size()];
        auto const pair = pairs[i / reads.size()];
        auto const* const object = probe::pick_object(ctx, pair.victim, *read.of, i);
        if (object == nullptr) co_return;
        co_await attempt(ctx, read, pair, *object, false, trials);
        auto const names_tenant = read.op->path_pattern.find("{tenant.") != std::string::npos;
        if (names_tenant) co_await attempt(ctx, read, pair, *object, true, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::object_read
