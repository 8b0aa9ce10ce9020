#include "probes/identity/foreign_login/probe.hpp"

#include "harness/probe/own_fields.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::identity::foreign_login {

constexpr probe::spec spec{
    .id = "identity.foreign_login",
    .title = "A session is opened in a tenant that the user does not belong to",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-287",
    .owasp = "API2:2023",
    .asvs = "6.8.1, 8.3.3, 8.4.1",
    .faults = "J12",
    .rationale = "Where a log-in looks for the name among all tenants' users, or a session is "
                 "renewed for whatever tenant the request names, an account of one tenant opens "
                 "any other.",
    .remedy = "Look for the user within the tenant that the session is for, and renew a session "
              "for the tenant that it was opened in and for no other.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (auto const* const token = t.seen.token_of(t.victim)) {
            auto v = probe::shown_by(
                *token,
                t.channel,
                t.seen.sender + " asked for a session in the victim's name, got one, and was "
                                "shown the victim's data with it.",
                {t.control, t.session, t.seen}
            );
            // The log-in is what can be repeated by anybody; what it brings is used up.
            std::swap(v.exchanges[1], v.exchanges[2]);
            out.violations.push_back(std::move(v));
            seen.decided(t.channel);
        } else if (!t.works_at_home) {
            seen.undecided(t.channel, "the user can't log in at home either");
        } else if (!t.control.success() || t.control.token_of(t.victim) == nullptr) {
            seen.undecided(t.channel, "the victim's own read shows nothing: " + summary(t.control));
        } else if (t.session.undecided()) {
            seen.undecided(t.channel, "the request failed: " + probe::summary(t.session));
        } else if (t.session.success() && t.seen.undecided()) {
            seen.undecided(t.channel, "the request failed: " + probe::summary(t.seen));
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

struct place {
    probe::target_operation read{};
    probe::tenant_pair pair{};
};

// The victim's list with these credentials, everything else as the victim would ask.
static asio::awaitable<probe::exchange>
look(probe::context& ctx, place const& at, target::header_list credentials)
{
    auto options = probe::own_place(ctx, at.pair.victim, at.read, 0);
    options.slots_of = &ctx.tenant(at.pair.victim);
    options.changes.identity = probe::identity_of(ctx, at.pair.victim);
    options.changes.credentials = std::move(credentials);
    co_return co_await ctx.send(*at.read.op, ctx.actor(at.pair.intruder), std::move(options));
}

static bool belongs_to_both(probe::context& ctx, target::actor const& who, tenant_index other)
{
    return std::ranges::any_of(ctx.tenant(other).actors, [&](target::actor const& one) {
        return probe::is_same_account(ctx, who, one, other);
    });
}

static asio::awaitable<void>
try_log_in(probe::context& ctx, place const& at, target::actor const& who, trial& one)
{
    one.channel = "log-in at another tenant as " + who.role;
    auto guest = co_await probe::log_in_at(ctx, who, at.pair.victim);
    one.session = std::move(guest.log_in);
    if (guest.credentials.empty()) co_return;
    one.seen = co_await look(ctx, at, std::move(guest.credentials));
    one.seen.sender = one.session.sender;
}

// A new session at home, which the user goes on with: where there is one at a time, the attempts
// before ended the former.
static asio::awaitable<bool> go_home(probe::context& ctx, target::actor& who)
{
    auto home = co_await probe::log_in_at(ctx, who, who.tenant);
    if (home.credentials.empty()) co_return false;
    who = std::move(home.who);
    co_return true;
}

// With the session of home, renewed in the victim's name.
static asio::awaitable<void>
try_refresh(probe::context& ctx, place const& at, trial base, std::vector<trial>& out)
{
    auto const& refresh = ctx.model().login.refresh;
    if (!refresh) co_return;
    auto& who = ctx.actor(at.pair.intruder);
    base.channel = "refresh at another tenant";
    auto renewed = who;
    probe::request_options options;
    options.slots_of = &ctx.tenant(at.pair.victim);
    options.changes.identity = probe::identity_of(ctx, at.pair.victim);
    base.session = co_await ctx.send(*refresh, who, std::move(options));
    if (base.session.success()) {
        probe::keep_captures(*refresh, base.session, renewed);
        auto credentials = probe::credentials_of_visitor(ctx, renewed, at.pair.victim);
        base.seen = co_await look(ctx, at, std::move(credentials));
    }
    base.works_at_home = co_await go_home(ctx, who);
    out.push_back(std::move(base));
}

std::string naming(std::string body, std::vector<std::string> const& names, named_tenant const& t)
{
    for (auto const& name : names) {
        auto const lower = to_lower(name);
        auto const is_id = lower.ends_with("id") || t.slug.empty();
        auto longer = probe::with_member(body, name, is_id ? t.id : t.slug, t.as_text);
        if (!longer) return {};
        body = std::move(*longer);
    }
    return body;
}

static std::vector<std::string> members_for_tenants(target::model const& m)
{
    auto out = probe::tenant_names(m);
    for (auto const* const usual :
         {"tenant_id",
          "tenantId",
          "workspace_id",
          "organization_id",
          "organizationId",
          "org_id",
          "account_id",
          "tenant"})
    {
        if (std::ranges::count(out, usual) == 0) out.emplace_back(usual);
    }
    return out;
}

// At home, with members beside the scenario's own that name the victim: all at once, for those that
// the target does not know it ignores.
static asio::awaitable<void> try_members(
    probe::context& ctx,
    place const& at,
    target::operation const& op,
    trial base,
    std::vector<trial>& out
)
{
    auto& who = ctx.actor(at.pair.intruder);
    auto const& victim = ctx.tenant(at.pair.victim);
    named_tenant named{std::string{victim.attributes.find("id").value_or("")}, victim.slug};
    auto const names = members_for_tenants(ctx.model());
    base.channel = op.name + " with a member that names another tenant";
    for (auto const as_text : {false, true}) {
        named.as_text = as_text;
        auto const plain = probe::body_of(ctx, op, at.pair.intruder, {});
        probe::request_options options;
        options.changes.body = naming(plain.value_or(""), names, named);
        if (&op == &*ctx.model().login.login) options.changes.credentials.emplace();
        if (named.id.empty() || options.changes.body->empty()) co_return;
        auto renewed = who;
        base.session = co_await ctx.send(op, who, std::move(options));
        if (base.session.refused() && !as_text) continue;
        if (base.session.success()) {
            probe::keep_captures(op, base.session, renewed);
            auto credentials = probe::credentials_of_visitor(ctx, renewed, at.pair.victim);
            base.seen = co_await look(ctx, at, std::move(credentials));
        }
        break;
    }
    base.works_at_home = co_await go_home(ctx, who);
    // The members are guesses: a target that fails because of them is asked for nothing it has.
    if (!base.session.undecided()) out.push_back(std::move(base));
}

static std::optional<probe::target_operation> telling_list(target::model const& m)
{
    for (auto const& read : probe::collection_reads(m)) {
        if (read.of != nullptr && read.of->create && read.op->as.empty()) return read;
    }
    return std::nullopt;
}

// Whoever is shown others' data anyway needs no log-in for it: other probes' finding.
static asio::awaitable<bool> is_open(probe::context& ctx, place const& at)
{
    auto& intruder = ctx.actor(at.pair.intruder);
    auto const own = probe::own_place(ctx, at.pair.intruder, at.read, 0);
    auto const plain = co_await ctx.send(*at.read.op, intruder, own);
    if (plain.foreign_token() != nullptr) co_return true;
    auto theirs = probe::own_place(ctx, at.pair.victim, at.read, 0);
    theirs.slots_of = &ctx.tenant(at.pair.victim);
    auto const reached = co_await ctx.send(*at.read.op, intruder, std::move(theirs));
    co_return reached.foreign_token() != nullptr;
}

static asio::awaitable<void> attempt(probe::context& ctx, place const& at, std::vector<trial>& out)
{
    trial base;
    base.victim = at.pair.victim;
    auto const theirs = probe::own_place(ctx, at.pair.victim, at.read, 0);
    base.control = co_await ctx.send(*at.read.op, ctx.actor(at.pair.victim), theirs);
    for (auto const& r : probe::roles_of(ctx, at.pair.intruder)) {
        if (r.who == nullptr || belongs_to_both(ctx, *r.who, at.pair.victim)) continue;
        auto one = base;
        co_await try_log_in(ctx, at, *r.who, one);
        one.works_at_home = co_await go_home(ctx, *r.who);
        out.push_back(std::move(one));
    }
    auto const& first = ctx.actor(at.pair.intruder);
    if (belongs_to_both(ctx, first, at.pair.victim)) co_return;
    co_await try_refresh(ctx, at, base, out);
    auto const& login = ctx.model().login;
    for (auto const* const op : {&login.login, &login.refresh}) {
        auto const has_fields = *op && target::takes_fields((*op)->body);
        if (has_fields) co_await try_members(ctx, at, **op, base, out);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const list = telling_list(ctx.model());
    if (!list || !ctx.model().login.login) {
        out.not_applicable = "a list of what tenants make, and target.session.login";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 3;
    std::vector<trial> trials;
    bool tells_nothing = false;
    for (auto const& pair : ctx.few_pairs(pairs_max)) {
        place const at{*list, pair};
        auto const open = co_await is_open(ctx, at);
        if (!open) co_await attempt(ctx, at, trials);
        tells_nothing = tells_nothing || open;
    }
    if (trials.empty() && tells_nothing) {
        out.add_undecided("the list is shown to other tenants' users as it is");
        co_return out;
    }
    if (trials.empty()) {
        out.not_applicable = "every user belongs to every tenant";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::foreign_login
