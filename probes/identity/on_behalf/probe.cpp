#include "probes/identity/on_behalf/probe.hpp"

#include "harness/probe/roles.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::identity::on_behalf {

constexpr probe::spec spec{
    .id = "identity.on_behalf",
    .title = "Who acts in another's name gets into another tenant",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-441",
    .owasp = "API2:2023",
    .asvs = "8.3.3, 8.4.1",
    .faults = "J14 J15",
    .rationale =
        "Services tell each other for whom they ask, and support opens sessions in customers' "
        "names. Where such a header comes through from outside, or the session's tenant is not "
        "compared with its opener's, one's own credentials open every tenant.",
    .remedy = "Strip such headers where requests come in and take the subject from a token that "
              "the first service was given; open sessions in another's name within the opener's "
              "own tenant alone, unless the platform's staff does.",
};

static std::optional<probe::target_operation> telling_read(target::model const& m)
{
    for (auto const& read : probe::collection_reads(m)) {
        if (read.of != nullptr && read.of->create && read.of->parent.empty()) return read;
    }
    return std::nullopt;
}

// A header that the scenario itself sends, or by which it names tenants, is no guess.
static bool is_known(target::model const& m, std::string const& name)
{
    auto const is_it = [&](auto const& header) { return iequals(header.first, name); };
    auto const is_channel = std::ranges::any_of(m.identity, [&](auto const& channel) {
        return channel.type == target::identity_channel::kind::header &&
               iequals(channel.name, name);
    });
    return is_channel || std::ranges::any_of(m.login.headers, is_it) ||
           std::ranges::any_of(m.headers, is_it);
}

// What else the requests of one place have in common: as they are, and with each claim.
static asio::awaitable<void> claim_from(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    probe::request_options place,
    std::vector<trial>& out
)
{
    trial like;
    like.victim = pair.victim;
    auto& who = ctx.actor(pair.intruder);
    auto const theirs = probe::own_place(ctx, pair.victim, read, 0);
    like.victims = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
    like.own = co_await ctx.send(*read.op, who, place);
    auto bare = place;
    bare.changes.credentials.emplace();
    like.open = co_await ctx.send(*read.op, who, bare);
    for (auto const& c : claims_about(ctx.tenant(pair.victim), ctx.actor(pair.victim))) {
        if (is_known(ctx.model(), c.name)) continue;
        auto t = like;
        t.channel = "identity header " + c.name;
        t.how = "with the header " + c.name + ": " + c.value;
        auto options = place;
        options.changes.headers.emplace_back(c.name, c.value);
        t.hostile = co_await ctx.send(*read.op, who, options);
        out.push_back(t);
        // A proxy's word for who was let in.
        options.changes.credentials.emplace();
        t.is_nobody = true;
        t.hostile = co_await ctx.send(*read.op, who, options);
        t.hostile.sender = "somebody without credentials";
        out.push_back(std::move(t));
    }
}

static asio::awaitable<void> claim_all(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto own = probe::own_place(ctx, pair.intruder, read, 0);
    co_await claim_from(ctx, read, pair, std::move(own), out);
    // The same in all but the credentials: what is missing to the victim's own request.
    auto theirs = probe::own_place(ctx, pair.victim, read, 0);
    theirs.slots_of = &ctx.tenant(pair.victim);
    theirs.changes.identity = probe::identity_of(ctx, pair.victim);
    co_await claim_from(ctx, read, pair, std::move(theirs), out);
}

struct opened {
    probe::exchange asked{};
    /// A copy of the user with the session; not there if none was opened.
    std::optional<target::actor> who{};
};

// `by` asks for a session in the name of `whom`.
static asio::awaitable<opened>
open_session(probe::context& ctx, target::actor& by, target::actor const& whom)
{
    auto const& op = *ctx.promised().impersonate;
    target::values slots;
    // What names the user, and nothing by which the opener would act as that user.
    for (auto const& [name, value] : whom.attributes.all()) {
        if (op.mentions("user." + name)) slots.set("user." + name, value);
    }
    probe::request_options options;
    options.extra = &slots;
    opened out;
    out.asked = co_await ctx.send(op, by, options);
    net::http_response const answer{
        .status = out.asked.status, .head = out.asked.head, .body = out.asked.body, .took = {}};
    auto const captured = target::run_captures(op, answer);
    if (!op.accepts(out.asked.status) || !captured || captured->all().empty()) co_return out;
    // Nothing of the sessions that the user has: what is not captured is missing.
    out.who = whom;
    out.who->cookies.clear();
    out.who->logged_in = true;
    if (auto const& login = ctx.model().login.login) {
        for (auto const& c : login->captures) {
            auto const name = c.name.starts_with("user.") ? c.name.substr(5) : c.name;
            if (name != "id") out.who->attributes.erase(name);
        }
    }
    probe::keep_captures(op, out.asked, *out.who);
    co_return out;
}

static asio::awaitable<probe::exchange> look_with(
    probe::context& ctx,
    probe::target_operation read,
    opened const& session,
    target::actor& sender,
    tenant_index where
)
{
    auto options = probe::own_place(ctx, where, read, 0);
    options.slots_of = &ctx.tenant(where);
    options.changes.identity = probe::identity_of(ctx, where);
    options.changes.credentials = probe::credentials_of_visitor(ctx, *session.who, where);
    auto e = co_await ctx.send(*read.op, sender, std::move(options));
    co_return e;
}

static asio::awaitable<void> impersonate(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    control& c,
    std::vector<trial>& out
)
{
    auto& own = ctx.actor(pair.intruder);
    auto const& member = ctx.tenant(pair.intruder).actors.back();
    auto const mine = co_await open_session(ctx, own, member);
    c.is_tried = true;
    c.asked = mine.asked;
    trial like;
    like.channel = "impersonation";
    like.victim = pair.victim;
    auto const theirs = probe::own_place(ctx, pair.victim, read, 0);
    like.victims = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
    like.own.answered = true;
    if (mine.who) {
        c.seen = co_await look_with(ctx, read, mine, own, pair.intruder);
        auto t = like;
        t.how = "with a session in the name of a user of its own, used in the other's tenant";
        t.asked = mine.asked;
        t.hostile = co_await look_with(ctx, read, mine, own, pair.victim);
        out.push_back(std::move(t));
    }
    auto const foreign = co_await open_session(ctx, own, ctx.actor(pair.victim));
    auto t = like;
    t.how = "with a session that it opened in the name of the other tenant's user";
    t.asked = foreign.asked;
    t.hostile = foreign.asked;
    if (foreign.who) t.hostile = co_await look_with(ctx, read, foreign, own, pair.victim);
    out.push_back(std::move(t));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const read = telling_read(ctx.model());
    auto const pairs = ctx.few_pairs(1);
    if (!read || pairs.empty()) {
        out.not_applicable = "it takes two tenants and a list of what they create";
        co_return out;
    }
    std::vector<trial> trials;
    control c;
    co_await claim_all(ctx, *read, pairs.front(), trials);
    if (ctx.promised().impersonate) {
        co_await impersonate(ctx, *read, pairs.front(), c, trials);
        ctx.covered().examined("endpoint", ctx.promised().impersonate->channel(), spec.id);
    }
    co_return judge(trials, c);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::on_behalf
