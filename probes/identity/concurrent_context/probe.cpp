#include "probes/identity/concurrent_context/probe.hpp"

#include "harness/probe/tally.hpp"

#include <map>
#include <set>

namespace watertight::probes::identity::concurrent_context {

constexpr probe::spec spec{
    .id = "identity.concurrent_context",
    .title = "Tenants that ask at the same time are mistaken for each other",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-362",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 15.4.1",
    .faults = "X01 X02 X03 X04 X05 K07 K08 A25",
    .rationale = "A current tenant kept in a global, a reused thread, a shared buffer or a pooled "
                 "connection belongs to whoever wrote it last. One request at a time never shows "
                 "it.",
    .remedy = "Carry the tenant in the request's own context through every call, and clear what a "
              "pool hands out before and after each use.",
};

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    std::set<std::string> said;
    std::map<std::string, std::uint64_t> decided;
    std::map<std::string, bool> shows_own;
    for (auto const& e : t.answers) {
        if (e.success() && e.token_of(e.tenant) != nullptr) shows_own[e.channel] = true;
    }
    for (auto const& e : t.answers) {
        for (auto const& token : e.seen) {
            if (token.who.tenant == e.tenant) continue;
            auto const detail = fmt::format(
                "{} asked for its own data while other tenants did the same ({} overlaps of {} "
                "requests) and was shown another tenant's. A race: it needs the concurrency to "
                "appear again.",
                e.sender,
                t.overlaps,
                t.answers.size()
            );
            out.violations.push_back(probe::shown_by(token, e.channel, detail, {e}));
            break;
        }
        if (!e.undecided() && shows_own[e.channel]) ++decided[e.channel];
    }
    for (auto const& [channel, n] : decided) out.trials += n;
    out.controls = out.trials;
    if (out.trials == 0)
        out.add_undecided("no tenant met its own data under concurrency");
    else if (t.overlaps == 0)
        out.add_undecided("no two tenants' requests were in flight together");
    return out;
}

struct in_flight {
    std::map<tenant_index, std::uint64_t> by_tenant;
    std::uint64_t total = 0;
};

static asio::awaitable<void>
ask(probe::context& ctx,
    probe::target_operation read,
    tenant_index who,
    std::size_t turn,
    in_flight& now,
    trial& out)
{
    auto& actors = ctx.tenant(who).actors;
    auto& actor = actors[turn % actors.size()];
    probe::request_options options;
    if (read.of != nullptr && read.op->path.mentions("id")) {
        auto const* const object = probe::pick_object(ctx, who, *read.of, turn);
        if (object == nullptr) co_return;
        options = probe::about(ctx, *object);
    }
    if (now.total > now.by_tenant[who]) ++out.overlaps;
    ++now.total;
    ++now.by_tenant[who];
    auto answer = co_await ctx.send(*read.op, actor, std::move(options));
    --now.total;
    --now.by_tenant[who];
    out.answers.push_back(std::move(answer));
}

static std::vector<probe::target_operation> own_reads(target::model const& m)
{
    auto out = probe::object_reads(m);
    for (auto const& read : probe::collection_reads(m)) {
        if (read.of != nullptr) out.push_back(read);
    }
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = own_reads(ctx.model());
    auto const tenants = ctx.tenants();
    probe::conclusion out;
    if (reads.empty() || tenants.size() < 2) {
        out.not_applicable = "it takes two tenants and a read of a resource";
        co_return out;
    }
    // Enough that a window of a tenth of a millisecond in a request of one is met many times.
    static constexpr std::size_t requests_per_read = 240;
    trial seen;
    in_flight now;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const who = tenants[i % tenants.size()];
        auto const& read = reads[i / requests_per_read];
        co_await ask(ctx, read, who, i / tenants.size(), now, seen);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(reads.size() * requests_per_read, each);
    co_return judge(seen);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::concurrent_context
