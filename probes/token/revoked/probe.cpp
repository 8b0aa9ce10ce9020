#include "probes/token/revoked/probe.hpp"

#include "harness/probe/tally.hpp"

namespace watertight::probes::token::revoked {

constexpr probe::spec spec{
    .id = "token.revoked",
    .title = "Credentials go on working after they were taken away",
    .where = probe::layer::token,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-613",
    .owasp = "API2:2023",
    .asvs = "7.4.1, 8.3.2",
    .faults = "J10 L6",
    .rationale = "A signed token is checked for its signature and its end, not for whether its "
                 "user or tenant is still there: whoever was dismissed reads on until it expires.",
    .remedy = "Look the user and the tenant up on each request (a cache of seconds will do), or "
              "keep a list of what was revoked that every instance reads.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const owner = t.before.tenant;
        auto const works = t.after.success() && t.after.token_of(owner) != nullptr;
        if (!t.before.success() || t.before.token_of(owner) == nullptr) {
            seen.undecided(t.channel, "they showed nothing before: " + probe::summary(t.before));
        } else if (!t.taken.success()) {
            seen.undecided(t.channel, "they could not be taken away: " + summary(t.taken));
        } else if (works) {
            probe::violation v;
            v.victim = owner;
            v.channel = t.channel;
            v.kind = t.kind;
            v.detail = fmt::format("After {} the credentials still show its data.", t.event);
            v.token = t.after.token_of(owner)->token;
            v.position = probe::position(t.after, *t.after.token_of(owner));
            v.exchanges = {t.before, t.taken, t.after};
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        } else if (t.after.answered && t.after.undecided()) {
            seen.undecided(t.channel, "the request failed: " + probe::summary(t.after));
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

// A list of what users make: to have something to show, one is made.
static std::optional<probe::target_operation> telling_list(target::model const& m)
{
    for (auto const& read : probe::collection_reads(m)) {
        if (read.of != nullptr && read.of->create && read.of->parent.empty() && read.op->as.empty())
            return read;
    }
    return std::nullopt;
}

// Every read that may show the tenant's data to any of its users, that list first. What a user made
// may go with the user; what the tenant has stays, and tells whether the credentials still work.
static std::vector<probe::target_operation>
telling_reads(target::model const& m, probe::target_operation list)
{
    static constexpr std::size_t reads_max = 6;
    std::vector<probe::target_operation> out{list};
    for (auto const& read : probe::collection_reads(m)) {
        if (out.size() == reads_max) break;
        if (read.op != list.op && read.op->as.empty()) out.push_back(read);
    }
    return out;
}

struct look {
    probe::target_operation at;
    probe::exchange seen;
};

// What the credentials show while they are good; the first read alone if they show nothing.
static asio::awaitable<std::vector<look>>
look_around(probe::context& ctx, std::vector<probe::target_operation> reads, target::actor& who)
{
    std::vector<look> out;
    probe::request_options nobodys;
    nobodys.changes.credentials.emplace();
    for (auto const& read : reads) {
        auto seen = co_await ctx.send(*read.op, who);
        auto tells = seen.success() && seen.token_of(who.tenant) != nullptr;
        // What anybody is shown tells nothing of credentials.
        if (tells && &read != &reads.front()) {
            auto const open = co_await ctx.send(*read.op, who, nobodys);
            tells = !open.success() || open.token_of(who.tenant) == nullptr;
        }
        if (tells || &read == &reads.front()) out.push_back({read, std::move(seen)});
    }
    auto const& first = out.front().seen;
    auto const tells = first.success() && first.token_of(who.tenant) != nullptr;
    if (!tells && out.size() > 1) out.erase(out.begin());
    co_return out;
}

// With the session that it has, and with a new one: the second is refused at the log-in already.
static asio::awaitable<void> look_again(
    probe::context& ctx,
    std::vector<look> before,
    target::actor& who,
    trial t,
    std::string const& whose,
    std::vector<trial>& out
)
{
    for (auto const& one : before) {
        t.channel = "token of a " + whose;
        t.before = one.seen;
        t.after = co_await ctx.send(*one.at.op, who);
        out.push_back(t);
    }
    if (!ctx.model().login.login) co_return;
    t.channel = "log-in of a " + whose;
    auto const session = co_await ctx.log_in(who);
    for (auto const& one : before) {
        t.before = one.seen;
        t.after = {};
        t.after.tenant = who.tenant;
        if (session.has_error()) {
            t.after.failure = session.error().message;
        } else {
            t.after = co_await ctx.send(*one.at.op, who);
        }
        out.push_back(t);
        if (session.has_error()) co_return;
    }
}

static asio::awaitable<void> dismiss(
    probe::context& ctx, probe::target_operation list, target::tenant& t, std::vector<trial>& out
)
{
    auto const* const users = ctx.model().find_resource("users");
    if (users == nullptr || !users->remove || t.actors.size() < 2) co_return;
    auto& member = t.actors.back();
    if (!member.made_by_run) co_return;
    target::object as_object;
    as_object.tenant = t.index;
    as_object.resource = users->name;
    as_object.attributes = member.attributes;
    // What others made may not be this user's to see; whether it may make any is not the question.
    static_cast<void>(co_await ctx.create_object(*list.of, member));
    trial one;
    one.event = "the user was removed";
    auto before = co_await look_around(ctx, telling_reads(ctx.model(), list), member);
    probe::request_options options;
    options.object = &as_object;
    one.taken = co_await ctx.send(*users->remove, t.actors.front(), std::move(options));
    co_await look_again(ctx, std::move(before), member, std::move(one), "removed user", out);
}

static asio::awaitable<void> suspend(
    probe::context& ctx, probe::target_operation list, target::tenant& t, std::vector<trial>& out
)
{
    if (!ctx.shop().how.suspend) co_return;
    auto& who = t.actors.front();
    trial one;
    one.event = "the tenant was suspended";
    one.kind = evidence::guarantee::service;
    auto before = co_await look_around(ctx, telling_reads(ctx.model(), list), who);
    one.taken = co_await ctx.send(*ctx.shop().how.suspend, who);
    co_await look_again(ctx, std::move(before), who, std::move(one), "suspended tenant", out);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const list = telling_list(ctx.model());
    auto const& how = ctx.shop().how;
    auto const* const users = ctx.model().find_resource("users");
    auto const dismisses = users != nullptr && users->remove.has_value();
    if (!list || (!dismisses && !how.suspend)) {
        out.not_applicable =
            "it takes a list, and a way to remove a user (resources.users.remove) or to suspend a "
            "tenant (tenants.suspend)";
        co_return out;
    }
    if (!how.from_file.empty()) {
        out.not_applicable = "the tenants are existing ones: nobody's credentials are taken away";
        co_return out;
    }
    // Its own tenant: the others go on.
    auto const made = co_await tenants::provision_extra(ctx.shop());
    if (made.has_error()) {
        out.add_undecided("no further tenant could be made: " + made.error().message);
        co_return out;
    }
    auto& tenant = **made;
    std::vector<trial> trials;
    auto const shown = co_await ctx.create_object(*list->of, tenant.actors.front());
    if (shown.has_error()) out.add_undecided("no object to show: " + shown.error().message);
    co_await dismiss(ctx, *list, tenant, trials);
    co_await suspend(ctx, *list, tenant, trials);
    static_cast<void>(co_await tenants::remove_tenant(ctx.shop(), tenant));
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    if (trials.empty()) judged.not_applicable = "no user of the run's making could be removed";
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::token::revoked
