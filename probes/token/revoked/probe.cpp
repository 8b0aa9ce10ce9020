#include "probes/token/revoked/probe.hpp"

#include "harness/probe/keys.hpp"
#include "harness/probe/roles.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>

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

// How long they went on, for whoever has to say how long is long.
static std::string told_of(trial const& t)
{
    if (t.refused_after_s) {
        return fmt::format("{}: refused {:.1f} s after {}", t.channel, *t.refused_after_s, t.event);
    }
    return fmt::format("{}: not refused {:.1f} s after {}", t.channel, t.watched_s, t.event);
}

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
            out.notes.push_back(told_of(t));
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
        auto const is_plain = read.op->as.empty() && !probe::carries_key(*read.op);
        if (read.of != nullptr && read.of->create && read.of->parent.empty() && is_plain)
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
        auto const is_plain = read.op->as.empty() && !probe::carries_key(*read.op);
        if (read.op != list.op && is_plain) out.push_back(read);
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

// Credentials that still work are watched for a while: seconds are a cache, minutes a token's life.
static asio::awaitable<void>
watch(probe::context& ctx, probe::target_operation at, target::actor& who, trial& t)
{
    static constexpr double seconds_max = 3;
    auto const begun = steady::now();
    auto const works = [&](probe::exchange const& e) {
        return e.success() && e.token_of(who.tenant) != nullptr;
    };
    if (!t.taken.success() || !works(t.before) || !works(t.after)) co_return;
    while (seconds(steady::now() - begun) < seconds_max) {
        co_await probe::pause(std::chrono::milliseconds{250});
        auto const e = co_await ctx.send(*at.op, who);
        t.watched_s = seconds(steady::now() - begun);
        if (works(e) || e.undecided()) continue;
        t.refused_after_s = t.watched_s;
        co_return;
    }
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
        co_await watch(ctx, one.at, who, t);
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

// A way to put a tenant out of service, and what to call it.
struct ending {
    std::optional<target::operation> const& how;
    char const* event;
    char const* whose;
};

static asio::awaitable<void> put_out_of_service(
    probe::context& ctx,
    probe::target_operation list,
    target::tenant& t,
    ending what,
    std::vector<trial>& out
)
{
    auto& who = t.actors.front();
    trial one;
    one.event = what.event;
    one.kind = evidence::guarantee::service;
    auto before = co_await look_around(ctx, telling_reads(ctx.model(), list), who);
    one.taken = co_await ctx.send(*what.how, who);
    co_await look_again(ctx, std::move(before), who, std::move(one), what.whose, out);
}

// A tenant of its own for each ending: the others go on, and what has ended cannot end again.
static asio::awaitable<std::string> end_one(
    probe::context& ctx,
    probe::target_operation list,
    std::vector<ending> endings,
    std::vector<trial>& out
)
{
    std::string trouble;
    for (std::size_t i = 0; i < std::max<std::size_t>(endings.size(), 1); ++i) {
        auto const made = co_await tenants::provision_extra(ctx.shop());
        if (made.has_error()) {
            co_return "no further tenant could be made: " + made.error().message;
        }
        auto& tenant = **made;
        auto const shown = co_await ctx.create_object(*list.of, tenant.actors.front());
        if (shown.has_error()) trouble = "no object to show: " + shown.error().message;
        if (i == 0) co_await dismiss(ctx, list, tenant, out);
        if (i < endings.size()) co_await put_out_of_service(ctx, list, tenant, endings[i], out);
        static_cast<void>(co_await tenants::remove_tenant(ctx.shop(), tenant));
    }
    co_return trouble;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const list = telling_list(ctx.model());
    auto const& how = ctx.shop().how;
    auto const* const users = ctx.model().find_resource("users");
    auto const dismisses = users != nullptr && users->remove.has_value();
    if (!list || (!dismisses && !how.suspend && !how.cancel)) {
        out.not_applicable =
            "it takes a list, and a way to remove a user (resources.users.remove) or to suspend or "
            "cancel a tenant (tenants.suspend, tenants.cancel)";
        co_return out;
    }
    if (!how.from_file.empty()) {
        out.not_applicable = "the tenants are existing ones: nobody's credentials are taken away";
        co_return out;
    }
    std::vector<ending> endings;
    if (how.suspend)
        endings.push_back({how.suspend, "the tenant was suspended", "suspended tenant"});
    if (how.cancel) endings.push_back({how.cancel, "the tenant was cancelled", "cancelled tenant"});
    std::vector<trial> trials;
    auto const trouble = co_await end_one(ctx, *list, std::move(endings), trials);
    if (!trouble.empty()) out.add_undecided(trouble);
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
