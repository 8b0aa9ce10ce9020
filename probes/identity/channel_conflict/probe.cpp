#include "probes/identity/channel_conflict/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::identity::channel_conflict {

constexpr probe::spec spec{
    .id = "identity.channel_conflict",
    .title = "A request's tenant name is believed over its credentials",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-290",
    .owasp = "API2:2023",
    .asvs = "8.3.3, 8.4.1",
    .faults = "J01 J02 A36",
    .rationale = "Headers, host names and parameters that name a tenant are set by whoever sends "
                 "the request. Where one of them wins over the credentials, every account is an "
                 "account of every tenant.",
    .remedy = "Take the tenant from the verified credentials; where another channel names one too, "
              "refuse the request unless both agree.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const planted = t.victims_list && t.victims_list->success() && !t.planted.empty() &&
                             t.victims_list->shows(t.planted);
        if (auto const* const token = t.hostile.token_of(t.victim)) {
            out.violations.push_back(probe::shown_by(
                *token,
                t.channel,
                t.hostile.sender + " named the victim in this channel and was shown its data.",
                {t.control, t.hostile}
            ));
            seen.decided(t.channel);
        } else if (planted) {
            probe::violation v;
            v.victim = t.victim;
            v.intruder = t.hostile.tenant;
            v.channel = t.channel;
            v.detail =
                t.hostile.sender + " named the victim in this channel and wrote into its data.";
            v.token = t.planted;
            v.position = "the victim's list";
            v.kind = evidence::guarantee::integrity;
            v.exchanges = {*t.victims_list, t.hostile};
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        } else if (!t.control.success() || t.control.token_of(t.victim) == nullptr) {
            seen.undecided(t.channel, "the owner's own read shows nothing: " + summary(t.control));
        } else if (t.hostile.undecided()) {
            seen.undecided(t.channel, "the request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

// Which channels a hostile request fills, and with whom.
struct disguise {
    std::string name;
    std::vector<std::pair<std::size_t, std::string>> identity;
};

static std::vector<disguise> disguises(probe::context& ctx, probe::tenant_pair pair)
{
    using kind = target::identity_channel::kind;
    std::vector<disguise> out;
    disguise all{"identity every channel vs token", {}};
    auto const& channels = ctx.model().identity;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        auto const& c = channels[i];
        if (c.type == kind::jwt || c.type == kind::path) continue;
        auto const value = probe::render_for(ctx, c.value, pair.victim);
        auto const name = "identity " + c.describe() + " vs token";
        out.push_back({name, {{i, value}}});
        all.identity.emplace_back(i, value);
        auto mixed = probe::identity_of(ctx, pair.intruder);
        std::erase_if(mixed, [&](auto const& own) { return own.first == i; });
        if (mixed.empty()) continue;
        mixed.emplace_back(i, value);
        out.push_back({"identity " + c.describe() + " vs other channels", std::move(mixed)});
    }
    if (all.identity.size() > 1) out.push_back(std::move(all));
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    auto& intruder = ctx.actor(pair.intruder);
    auto& victim = ctx.actor(pair.victim);
    auto const control = co_await ctx.send(*r.list, victim);
    for (auto& d : disguises(ctx, pair)) {
        ctx.covered().examined("channel", d.name, spec.id);
        trial read;
        read.channel = d.name;
        read.victim = pair.victim;
        read.control = control;
        probe::request_options options;
        options.changes.identity = d.identity;
        // Slots of the path, too, name the victim: the credentials alone are the intruder's.
        options.slots_of = &ctx.tenant(pair.victim);
        read.hostile = co_await ctx.send(*r.list, intruder, options);
        out.push_back(read);
        if (!r.create) continue;
        auto write = std::move(read);
        write.planted = ctx.fresh_canary(pair.intruder);
        options.canary = write.planted;
        options.canary_number = ctx.fresh_number(pair.intruder);
        write.hostile = co_await ctx.send(*r.create, intruder, options);
        write.victims_list = co_await ctx.send(*r.list, victim);
        out.push_back(std::move(write));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources = probe::resources_with(ctx.model(), {&resource::list});
    if (resources.empty()) {
        out.not_applicable = "the scenario describes no list to look at";
        co_return out;
    }
    auto const pairs = ctx.few_pairs(std::max<std::size_t>(6, ctx.tenants().size()));
    if (pairs.empty() || disguises(ctx, pairs.front()).empty()) {
        out.not_applicable = "no identity channel besides the credentials";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, *resources[i % resources.size()], pairs[i], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::channel_conflict
