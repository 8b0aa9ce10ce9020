#include "probes/identity/required_tenant/probe.hpp"

#include "harness/probe/toolbox.hpp"

#include <nlohmann/json.hpp>

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
    .faults = "J03 J17 MG6 X07",
    .rationale = "Where the tenant is left out, or is one that nobody has, filters built from it "
                 "fall away or a default tenant answers: one forgotten header and everybody's data "
                 "is served.",
    .remedy = "Refuse what names no tenant before any handler runs, and keep no default.",
};

std::vector<blank> blanks(std::string const& nobodys, bool is_host)
{
    std::vector<blank> out{{"missing", std::nullopt}, {"of no tenant", nobodys}};
    // A host name is none of these.
    if (is_host) return out;
    for (auto const* const word : {"", "null", "undefined", "0", "*", "%"}) {
        auto const is_empty = std::string_view{word}.empty();
        out.push_back({is_empty ? "empty" : fmt::format("of '{}'", word), word});
    }
    return out;
}

// The operations that a tenant's own users send and that change nothing.
static std::vector<probe::target_operation> protected_reads(target::model const& m)
{
    auto out = probe::collection_reads(m);
    std::erase_if(out, [](auto const& read) { return read.of == nullptr; });
    return out;
}

// Those that must be there, and those that are there by default.
static std::vector<std::size_t> channels_of(target::model const& m)
{
    using kind = target::identity_channel::kind;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < m.identity.size(); ++i) {
        auto const& c = m.identity[i];
        auto const is_sent = c.is_required || c.is_default;
        if (is_sent && c.type != kind::jwt && c.type != kind::path) out.push_back(i);
    }
    return out;
}

struct plan {
    probe::target_operation what;
    std::size_t channel;
    probe::tenant_pair pair;
    blank instead;
};

static bool lists_items(target::operation const& op, std::string const& body)
{
    auto const document = nlohmann::json::parse(body, nullptr, false);
    if (document.is_discarded()) return false;
    nlohmann::json::json_pointer const at{op.items};
    return document.contains(at) && document[at].is_array() && !document[at].empty();
}

// The request's channels with this one in its new shape.
static std::vector<std::pair<std::size_t, std::string>>
identity_with(probe::context& ctx, plan const& p)
{
    auto out = probe::identity_of(ctx, p.pair.intruder);
    std::erase_if(out, [&](auto const& one) { return one.first == p.channel; });
    if (p.instead.value) out.emplace_back(p.channel, *p.instead.value);
    return out;
}

static trial begin(probe::context& ctx, plan const& p)
{
    auto const& channel = ctx.model().identity[p.channel];
    trial out;
    out.channel = fmt::format(
        "identity {} {} on {}", channel.describe(), p.instead.name, p.what.op->channel()
    );
    out.is_required = channel.is_required;
    out.is_garbage = p.instead.value && p.instead.name != "of no tenant";
    return out;
}

static asio::awaitable<trial> read(probe::context& ctx, plan const& p)
{
    auto out = begin(ctx, p);
    auto const own = p.pair.intruder;
    auto const place = probe::own_place(ctx, own, p.what, 0);
    out.control = co_await ctx.send(*p.what.op, ctx.actor(own), place);
    auto options = place;
    options.changes.identity = identity_with(ctx, p);
    out.nameless = co_await ctx.send(*p.what.op, ctx.actor(own), std::move(options));
    out.lists_items = lists_items(*p.what.op, out.nameless.body);
    auto const& channel = ctx.model().identity[p.channel];
    ctx.covered().examined("channel", "identity " + channel.describe() + " left out", spec.id);
    co_return out;
}

static asio::awaitable<trial> write(probe::context& ctx, plan const& p)
{
    auto out = begin(ctx, p);
    auto const own = p.pair.intruder;
    auto const& r = *p.what.of;
    auto const place = probe::own_place(ctx, own, p.what, 0);
    out.control = co_await ctx.send(*r.list, ctx.actor(own), place);
    auto object = co_await probe::planting::begin(ctx, r, own);
    out.planted = object.canary();
    auto options = object.options();
    options.parent = place.parent;
    options.changes.identity = identity_with(ctx, p);
    out.nameless = co_await object.send(ctx, p.pair, probe::approach::own_path, std::move(options));
    out.own_views = co_await object.seen_by(ctx, own, place);
    auto const theirs = probe::own_place(ctx, p.pair.victim, p.what, 0);
    out.foreign_views = co_await object.seen_by(ctx, p.pair.victim, theirs);
    auto const landed = probe::shown_in(out.foreign_views, out.planted) != nullptr;
    co_await object.remove(ctx, landed ? std::optional{p.pair.victim} : std::nullopt);
    co_return out;
}

static std::vector<plan>
plans_for(probe::context& ctx, std::vector<probe::target_operation> const& of, std::size_t pairs)
{
    using kind = target::identity_channel::kind;
    std::vector<plan> out;
    for (auto const& pair : ctx.few_pairs(pairs)) {
        for (auto const& what : of) {
            for (auto const channel : channels_of(ctx.model())) {
                auto const& c = ctx.model().identity[channel];
                auto const own = probe::render_for(ctx, c.value, pair.intruder);
                auto const nobodys = probe::absent_twin(own, ctx.random());
                for (auto& one : blanks(nobodys, c.type == kind::host)) {
                    out.push_back({what, channel, pair, std::move(one)});
                }
            }
        }
    }
    return out;
}

static std::vector<probe::target_operation> creations(target::model const& m)
{
    using target::resource;
    std::vector<probe::target_operation> out;
    for (auto const* const r : probe::resources_with(m, {&resource::create, &resource::list})) {
        if (probe::writes_canary(*r->create)) out.push_back({r, &*r->create});
    }
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const reads = protected_reads(ctx.model());
    if (channels_of(ctx.model()).empty() || reads.empty()) {
        out.not_applicable = "a header, host, query parameter or cookie of target.identity that is "
                             "sent by default or `required`, and a list";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 3;
    std::vector<trial> trials;
    auto const look = plans_for(ctx, reads, pairs_max);
    std::function<asio::awaitable<void>(std::size_t)> each = [&](std::size_t i
                                                             ) -> asio::awaitable<void> {
        auto one = co_await read(ctx, look[i]);
        trials.push_back(std::move(one));
    };
    co_await ctx.for_each(look.size(), each);
    // Writes one after another: what one of them left must not be taken for another's.
    auto writes = creations(ctx.model());
    static constexpr std::size_t creations_max = 2;
    if (writes.size() > creations_max) writes.resize(creations_max);
    for (auto const& p : plans_for(ctx, writes, 1)) {
        auto one = co_await write(ctx, p);
        trials.push_back(std::move(one));
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::required_tenant
