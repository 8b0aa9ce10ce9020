#include "probes/api/tenant_path/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"

namespace watertight::probes::api::tenant_path {

constexpr probe::spec spec{
    .id = "api.tenant_path",
    .title = "A path that names another tenant is served",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A01 A07 A11 J02",
    .rationale = "Usage, configuration, export and health are often written for operators and "
                 "forget to compare the tenant in the path with that of the credentials.",
    .remedy = "Compare them in one place for every route below /tenants/{id}, and answer as for a "
              "tenant that does not exist.",
};

std::vector<std::string> borrowed_parts(trial const& t)
{
    std::vector<std::string> out;
    if (!t.hostile.success()) return out;
    auto const victims = probe::flatten(t.victims.body);
    auto const again = probe::flatten(t.victims_again.body);
    auto const own = probe::flatten(t.own.body);
    auto const hostile = probe::flatten(t.hostile.body);
    for (auto const& [part, value] : victims) {
        auto const same = [&](auto const& parts) {
            auto const at = parts.find(part);
            return at != parts.end() && at->second == value;
        };
        // What the request itself named proves nothing when it comes back.
        auto const bare =
            value.size() > 2 && value.front() == '"' ? value.substr(1, value.size() - 2) : value;
        auto const is_echo = bare.size() >= 4 && t.hostile.wire.find(bare) != std::string::npos;
        if (same(again) && !same(own) && same(hostile) && !is_echo) out.push_back(part);
    }
    return out;
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = t.hostile.channel;
    auto const victim = t.victims.tenant;
    std::vector<probe::exchange> const evidence_of{t.victims, t.hostile};
    if (auto const* const token = t.hostile.token_of(victim)) {
        out.violations.push_back(probe::shown_by(
            *token,
            channel,
            "The intruder's request for the victim's path was answered with the "
            "victim's data.",
            evidence_of
        ));
        seen.decided(channel);
    } else if (auto const parts = borrowed_parts(t); !parts.empty()) {
        probe::violation v;
        v.victim = victim;
        v.intruder = t.hostile.tenant;
        v.channel = channel;
        v.detail = fmt::format(
            "The answer repeats what only the victim's own view holds: {}.", fmt::join(parts, ", ")
        );
        v.position = "response body";
        v.exchanges = evidence_of;
        out.violations.push_back(std::move(v));
        seen.decided(channel);
    } else if (!t.victims.success()) {
        seen.undecided(channel, "it fails for its own tenant: " + probe::summary(t.victims));
    } else if (t.hostile.undecided()) {
        seen.undecided(channel, "the intruder's request failed: " + probe::summary(t.hostile));
    } else if (t.hostile.success() && t.victims.body == t.own.body) {
        seen.undecided(channel, "it answers every tenant alike, so a leak would not show");
    } else {
        seen.decided(channel);
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

static std::vector<probe::target_operation> candidates(target::model const& m)
{
    auto out = probe::collection_reads(m);
    std::erase_if(out, [](auto const& one) { return !probe::names_tenant(*one.op); });
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
    trial t;
    auto const theirs = probe::own_place(ctx, pair.victim, read, turn);
    auto const own = probe::own_place(ctx, pair.intruder, read, turn);
    t.victims = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
    t.own = co_await ctx.send(*read.op, ctx.actor(pair.intruder), own);
    t.hostile = co_await probe::send_as_intruder(ctx, *read.op, pair, theirs);
    t.victims_again = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const operations = candidates(ctx.model());
    probe::conclusion out;
    if (operations.empty()) {
        out.not_applicable = "no list or report of the scenario names its tenant in path or body";
        co_return out;
    }
    auto const& pairs = ctx.pairs();
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(
            ctx, operations[i % operations.size()], pairs[i / operations.size()], i, trials
        );
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * operations.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::tenant_path
