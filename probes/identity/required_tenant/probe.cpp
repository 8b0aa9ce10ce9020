#include "probes/identity/required_tenant/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::identity::required_tenant {

constexpr probe::spec spec{
    .id = "identity.required_tenant",
    .title = "A request that names no tenant is served",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::medium,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.3.3, 8.4.1",
    .faults = "J03 J17 MG6",
    .rationale = "Where the tenant is left out, or is one that nobody has, filters built from it "
                 "fall away or a default tenant answers: one forgotten header and everybody's data "
                 "is served.",
    .remedy = "Refuse what names no tenant before any handler runs, and keep no default.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const* const token = t.nameless.foreign_token();
        if (token != nullptr) {
            auto v = probe::shown_by(
                *token, t.channel, "Another tenant's data was served.", {t.control, t.nameless}
            );
            v.level = evidence::severity::critical;
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        } else if (!t.control.success()) {
            seen.undecided(t.channel, "the proper request failed: " + summary(t.control));
        } else if (t.nameless.undecided()) {
            seen.undecided(t.channel, "the request failed: " + summary(t.nameless));
        } else if (t.nameless.success()) {
            probe::violation v;
            v.victim = t.nameless.tenant;
            v.channel = t.channel;
            v.detail = "It was served, though the scenario says that it must be refused: " +
                       summary(t.nameless);
            v.position = "status";
            v.exchanges = {t.control, t.nameless};
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

// The operations that a tenant's own users send and that change nothing, by their first channel.
static std::vector<probe::target_operation> protected_reads(target::model const& m)
{
    auto out = probe::collection_reads(m);
    std::erase_if(out, [](auto const& read) { return read.of == nullptr; });
    return out;
}

static std::vector<std::size_t> required_channels(target::model const& m)
{
    using kind = target::identity_channel::kind;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < m.identity.size(); ++i) {
        auto const& c = m.identity[i];
        if (c.is_required && c.type != kind::jwt && c.type != kind::path) out.push_back(i);
    }
    return out;
}

struct plan {
    probe::target_operation read;
    std::size_t channel;
    tenant_index tenant;
    bool is_missing;
};

static asio::awaitable<trial> attempt(probe::context& ctx, plan const& p)
{
    auto const& channel = ctx.model().identity[p.channel];
    auto identity = probe::identity_of(ctx, p.tenant);
    std::string own;
    for (auto const& [index, value] : identity) {
        if (index == p.channel) own = value;
    }
    std::erase_if(identity, [&](auto const& one) { return one.first == p.channel; });
    if (!p.is_missing) {
        identity.emplace_back(p.channel, probe::absent_twin(own, ctx.random()));
    }
    trial out;
    out.channel = fmt::format(
        "identity {} {} on {}",
        channel.describe(),
        p.is_missing ? "missing" : "of no tenant",
        p.read.op->channel()
    );
    auto const place = probe::own_place(ctx, p.tenant, p.read, 0);
    out.control = co_await ctx.send(*p.read.op, ctx.actor(p.tenant), place);
    auto options = place;
    options.changes.identity = std::move(identity);
    out.nameless = co_await ctx.send(*p.read.op, ctx.actor(p.tenant), std::move(options));
    ctx.covered().examined("channel", "identity " + channel.describe() + " left out", spec.id);
    co_return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const channels = required_channels(ctx.model());
    auto const reads = protected_reads(ctx.model());
    if (channels.empty() || reads.empty()) {
        out.not_applicable = "a channel of target.identity with `required: true`, and a list";
        co_return out;
    }
    static constexpr std::size_t tenants_max = 4;
    auto tenants = ctx.tenants();
    if (tenants.size() > tenants_max) tenants.resize(tenants_max);
    std::vector<plan> plans;
    for (auto const t : tenants) {
        for (auto const& read : reads) {
            for (auto const channel : channels) {
                plans.push_back({read, channel, t, true});
                plans.push_back({read, channel, t, false});
            }
        }
    }
    std::vector<trial> trials;
    for (auto const& p : plans) trials.push_back(co_await attempt(ctx, p));
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::required_tenant
