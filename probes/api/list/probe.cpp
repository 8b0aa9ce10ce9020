#include "probes/api/list/probe.hpp"

#include "harness/probe/tally.hpp"

#include <set>

namespace watertight::probes::api::list {

constexpr probe::spec spec{
    .id = "api.list",
    .title = "A list, search or summary shows other tenants' data",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A05 A06 A07 A09 A18",
    .rationale = "The tenant filter is one predicate among many, built by code that may leave it "
                 "out when no other filter is given, or that lets a parameter of the request "
                 "replace it.",
    .remedy = "Take the tenant from the credentials alone, add it where queries are built rather "
              "than where they are used, and ignore or refuse parameters that name another.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    std::set<std::string> controlled;
    for (auto const& t : trials) {
        auto const shows_own = t.answer.token_of(t.answer.tenant) != nullptr;
        if (t.is_plain && t.answer.success() && shows_own) controlled.insert(t.answer.channel);
    }
    for (auto const& t : trials) {
        auto const& e = t.answer;
        std::set<tenant_index> named;
        for (auto const& token : e.seen) {
            if (token.who.tenant == e.tenant || !named.insert(token.who.tenant).second) continue;
            auto const detail =
                e.sender + " asked for its own data and was shown another tenant's.";
            out.violations.push_back(probe::shown_by(token, e.channel, detail, {e}));
        }
        if (e.undecided()) {
            seen.undecided(e.channel, "the request failed: " + probe::summary(e));
        } else if (controlled.contains(e.channel)) {
            seen.decided(e.channel);
        } else if (t.must_show_own) {
            seen.undecided(e.channel, "no tenant met its own canary in it: " + probe::summary(e));
        }
    }
    seen.finish(out);
    return out;
}

// A parameter that handlers are known to mistake for the tenant to filter by.
struct parameter {
    std::string_view name;
    std::string_view attribute;
};

static constexpr parameter parameters[] = {
    {"tenant_id", "id"},
    {"tenantId", "id"},
    {"tenant", "slug"},
    {"workspaceId", "id"},
};

static std::string tenant_value(target::tenant const& t, std::string_view attribute)
{
    if (attribute == "slug") return t.slug;
    return std::string{t.attributes.find(attribute).value_or("")};
}

static bool is_identity(target::model const& m, std::string_view name)
{
    for (auto const& channel : m.identity) {
        if (channel.type == target::identity_channel::kind::query && channel.name == name)
            return true;
    }
    return false;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    tenant_index asker,
    tenant_index other,
    std::vector<trial>& out
)
{
    auto& who = ctx.actor(asker);
    trial plain;
    plain.must_show_own = read.of != nullptr;
    plain.answer = co_await ctx.send(*read.op, who);
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(plain));
    for (auto const& p : parameters) {
        auto value = tenant_value(ctx.tenant(other), p.attribute);
        // Conflicting identity channels are another probe's subject.
        if (value.empty() || is_identity(ctx.model(), p.name)) continue;
        probe::request_options options;
        options.changes.query.emplace_back(p.name, std::move(value));
        trial polluted;
        polluted.must_show_own = false;
        polluted.is_plain = false;
        polluted.answer = co_await ctx.send(*read.op, who, std::move(options));
        out.push_back(std::move(polluted));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = probe::collection_reads(ctx.model());
    auto const tenants = ctx.tenants();
    probe::conclusion out;
    if (reads.empty()) {
        out.not_applicable = "the scenario describes no list";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const asker = i / reads.size();
        auto const other = tenants[(asker + 1) % tenants.size()];
        co_await attempt(ctx, reads[i % reads.size()], tenants[asker], other, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(tenants.size() * reads.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::list
