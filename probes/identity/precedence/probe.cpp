#include "probes/identity/precedence/probe.hpp"

#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::identity::precedence {

constexpr probe::spec spec{
    .id = "identity.precedence",
    .title = "A request that names two tenants is answered for the wrong one",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-436",
    .owasp = "API2:2023",
    .asvs = "4.2.1, 8.3.3, 8.4.1",
    .faults = "A36 J01 J02 J09 J16",
    .rationale = "Gateway, middleware and handler each read the tenant from where they like: the "
                 "first or the last of two headers, one spelling or another, the host or what a "
                 "proxy says it was. Where they disagree, the check is made for one tenant and "
                 "the data is another's.",
    .remedy = "Resolve the tenant once, from one place, to one canonical form; refuse a request "
              "that names it twice or in two ways; take forwarding headers from the gateway alone.",
};

// Somebody's way of showing who they are: that of the session, or what an operation has of its own.
struct credential {
    /// Empty for the session's.
    std::string name{};
    target::operation const* from = nullptr;
};

struct subject {
    probe::target_operation read{};
    probe::tenant_pair pair{};
    credential by{};
    probe::exchange victims{};
    probe::exchange own{};
};

// The headers of an operation that carries a user's credentials of its own ("ApiKey {user.key}").
static std::vector<std::pair<std::string, std::string>>
headers_of(probe::context& ctx, credential const& by, tenant_index t)
{
    std::vector<std::pair<std::string, std::string>> out;
    for (auto const& [name, text] : by.from->headers) {
        auto const is_users = text.mentions("user.");
        if (is_users) out.emplace_back(name, probe::render_for(ctx, text, t));
    }
    return out;
}

static std::vector<credential> credentials_in(target::model const& m)
{
    std::vector<credential> out(1);
    for (auto const& op : m.operations) {
        auto const is_users = std::ranges::any_of(op.headers, [](auto const& h) {
            return h.second.mentions("user.");
        });
        if (is_users && probe::is_read(op) && probe::is_tenants_own(m, op)) {
            out.push_back({op.name, &op});
        }
    }
    return out;
}

static probe::request_options place_of(probe::context& ctx, subject const& s, tenant_index t)
{
    auto options = probe::own_place(ctx, t, s.read, 0);
    if (s.by.from != nullptr) options.changes.credentials = headers_of(ctx, s.by, t);
    return options;
}

static asio::awaitable<bool> prepare(probe::context& ctx, subject& s)
{
    auto theirs = place_of(ctx, s, s.pair.victim);
    s.victims = co_await ctx.send(*s.read.op, ctx.actor(s.pair.victim), std::move(theirs));
    auto mine = place_of(ctx, s, s.pair.intruder);
    s.own = co_await ctx.send(*s.read.op, ctx.actor(s.pair.intruder), std::move(mine));
    // Who is shown others' data anyway needs no other name: the finding of api.list.
    if (s.own.foreign_token() != nullptr) co_return false;
    // Whether an operation's own credentials open this list, too, nobody said.
    if (s.by.from == nullptr) co_return true;
    co_return s.own.success() && s.own.token_of(s.pair.intruder) != nullptr;
}

// The request target as it would be sent, in absolute form.
static std::optional<std::string>
absolute_target(probe::context& ctx, subject const& s, plan const& p)
{
    auto const& who = ctx.actor(s.pair.intruder);
    auto const place = probe::own_place(ctx, s.pair.intruder, s.read, 0);
    target::scope const slots{
        .in_tenant = &ctx.tenant(s.pair.intruder), .as_actor = &who, .parent = place.parent};
    auto const request = target::render(ctx.model(), *s.read.op, slots);
    if (request.has_error()) return std::nullopt;
    return "http://" + p.absolute_host + request->path;
}

static asio::awaitable<void>
attempt(probe::context& ctx, subject const& s, plan const& p, std::vector<trial>& out)
{
    trial t;
    t.channel = p.channel;
    if (!s.by.name.empty()) t.channel += " with the credentials of " + s.by.name;
    t.how = p.how;
    t.detail = p.detail;
    t.victim = s.pair.victim;
    t.victims = s.victims;
    t.own = s.own;
    t.is_guess = p.is_guess;
    auto options = place_of(ctx, s, s.pair.intruder);
    auto const credentials = options.changes.credentials;
    options.changes = p.changes;
    if (!options.changes.credentials) options.changes.credentials = credentials;
    if (p.is_victims_path) {
        options.slots_of = &ctx.tenant(s.pair.victim);
        options.parent = probe::own_place(ctx, s.pair.victim, s.read, 0).parent;
    }
    if (!p.absolute_host.empty()) options.changes.path = absolute_target(ctx, s, p);
    t.hostile = co_await ctx.send(*s.read.op, ctx.actor(s.pair.intruder), std::move(options));
    if (!p.is_guess) ctx.covered().examined("channel", "identity " + p.channel, spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<void>
examine(probe::context& ctx, subject s, bool short_list, std::vector<trial>& out)
{
    auto const usable = co_await prepare(ctx, s);
    if (!usable) co_return;
    auto const plans = plans_for(ctx, *s.read.op, s.pair, short_list);
    std::function<asio::awaitable<void>(std::size_t)> const each =
        [&](std::size_t i) -> asio::awaitable<void> { return attempt(ctx, s, plans[i], out); };
    co_await ctx.for_each(plans.size(), each);
}

static std::vector<probe::target_operation> lists_of(target::model const& m)
{
    auto out = probe::collection_reads(m);
    // Without canaries in it an answer shows nobody's data.
    std::erase_if(out, [](auto const& read) { return read.of == nullptr || !read.of->create; });
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using kind = target::identity_channel::kind;
    probe::conclusion out;
    auto const lists = lists_of(ctx.model());
    auto const has_channel = std::ranges::any_of(ctx.model().identity, [](auto const& c) {
        return c.type != kind::jwt && c.type != kind::path;
    });
    if (lists.empty() || !has_channel) {
        out.not_applicable =
            "a list of what tenants make, and a header, host, query parameter or cookie in "
            "target.identity";
        co_return out;
    }
    static constexpr std::size_t lists_max = 3;
    std::vector<trial> trials;
    for (auto const& by : credentials_in(ctx.model())) {
        auto const is_session = by.from == nullptr;
        auto const pairs = ctx.few_pairs(is_session ? 2 : 1);
        for (std::size_t i = 0; i < std::min(lists.size(), lists_max); ++i) {
            for (auto const& pair : pairs) {
                subject s{lists[i], pair, by};
                // Every spelling at one list, with the session; the rest at each, with each.
                co_await examine(ctx, std::move(s), !is_session || i > 0, trials);
            }
        }
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::precedence
