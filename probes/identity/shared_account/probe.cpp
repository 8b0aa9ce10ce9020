#include "probes/identity/shared_account/probe.hpp"

#include "harness/probe/roles.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <optional>

namespace watertight::probes::identity::shared_account {

constexpr probe::spec spec{
    .id = "identity.shared_account",
    .title = "An account of two tenants takes one tenant's data along into the other",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-488",
    .owasp = "API1:2023",
    .asvs = "7.2.1, 8.4.1",
    .faults = "J11",
    .rationale =
        "Consultants and staff work for several tenants with one account. Sessions, and caches "
        "under the user's id, remember the tenant, its permissions or its data; whoever changes "
        "tenants, or works in two windows, is served the former one's, and writes into it.",
    .remedy = "Let each request name its tenant and check the membership for that one; where a "
              "session has a current tenant, start a new session when it changes; put the tenant "
              "into every key under which something of a user is kept.",
};

static constexpr std::size_t reads_max = 4;
static constexpr std::size_t turns = 4;
static constexpr std::size_t at_once = 32;

// One account, as each of its tenants has it among its users.
struct account {
    target::actor* here = nullptr;
    target::actor* there = nullptr;
};

static std::optional<account> account_of_two(probe::context& ctx)
{
    for (auto const pair : ctx.pairs()) {
        for (auto& one : ctx.tenant(pair.victim).actors) {
            for (auto& other : ctx.tenant(pair.intruder).actors) {
                if (!probe::is_same_account(ctx, one, other, pair.intruder)) continue;
                return account{&one, &other};
            }
        }
    }
    return std::nullopt;
}

static bool may_send(target::operation const& op, target::actor const& who)
{
    if (!op.roles.empty()) return std::ranges::count(op.roles, who.role) != 0;
    return op.as.empty() || op.as == who.role;
}

// The session that the account has in its first tenant, at work in both.
class worker {
public:
    worker(probe::context& ctx, account who) : ctx_{ctx}, who_{who} {}

    asio::awaitable<void> work();
    trial const& seen() const noexcept { return seen_; }

private:
    target::actor const& elsewhere(tenant_index in) const
    {
        return in == who_.here->tenant ? *who_.there : *who_.here;
    }
    probe::request_options as_member_of(tenant_index in, probe::request_options options) const;
    asio::awaitable<look>
    look_at(probe::target_operation read, tenant_index in, std::size_t turn, std::string when);
    asio::awaitable<void> find_reads();
    asio::awaitable<void> look_in_turn();
    asio::awaitable<void> look_at_once();
    asio::awaitable<void> make(target::resource const& r, tenant_index in);

    probe::context& ctx_;
    account who_;
    std::vector<probe::target_operation> reads_{};
    trial seen_{};
};

// The same credentials in either tenant: the session knows of the change by the request alone.
probe::request_options worker::as_member_of(tenant_index in, probe::request_options options) const
{
    options.slots_of = &ctx_.tenant(in);
    options.changes.identity = probe::identity_of(ctx_, in);
    options.changes.credentials = probe::credentials_of_visitor(ctx_, *who_.here, in);
    options.judged_alone = true;
    return options;
}

asio::awaitable<look>
worker::look_at(probe::target_operation read, tenant_index in, std::size_t turn, std::string when)
{
    look out;
    out.in = in;
    out.other = elsewhere(in).tenant;
    out.when = std::move(when);
    auto options = as_member_of(in, probe::own_place(ctx_, in, read, turn));
    out.answer = co_await ctx_.send(*read.op, *who_.here, std::move(options));
    co_return out;
}

// Those that show the account something where it is at home.
asio::awaitable<void> worker::find_reads()
{
    for (auto const& read : probe::collection_reads(ctx_.model())) {
        auto const fits = read.of != nullptr && read.of->create && may_send(*read.op, *who_.here);
        if (!fits || reads_.size() >= reads_max) continue;
        auto first = co_await look_at(read, who_.here->tenant, 0, "for the first time");
        if (first.answer.shows_canary_of(who_.here->tenant)) reads_.push_back(read);
    }
}

asio::awaitable<void> worker::look_in_turn()
{
    for (std::size_t i = 0; i < turns; ++i) {
        auto const in = (i % 2 == 0 ? who_.there : who_.here)->tenant;
        for (auto const& read : reads_) {
            auto one = co_await look_at(read, in, i, "just after it had worked in the other");
            seen_.looks.push_back(std::move(one));
        }
    }
}

asio::awaitable<void> worker::look_at_once()
{
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const in = (i % 2 == 0 ? who_.there : who_.here)->tenant;
        auto const& read = reads_[i / 2 % reads_.size()];
        auto one = co_await look_at(read, in, i, "while it worked in the other, too");
        seen_.looks.push_back(std::move(one));
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx_.for_each(at_once, each);
}

asio::awaitable<void> worker::make(target::resource const& r, tenant_index in)
{
    creation c;
    c.in = in;
    auto const& other = elsewhere(in);
    c.other = other.tenant;
    probe::target_operation const list{&r, &*r.list};
    static_cast<void>(co_await look_at(list, c.other, 0, {}));
    auto object = co_await probe::planting::begin(ctx_, r, in);
    c.canary = object.canary();
    auto options = as_member_of(in, object.options());
    c.made =
        co_await object.send(ctx_, {c.other, in}, probe::approach::own_path, std::move(options));
    if (object.is_made()) {
        c.in_list =
            co_await ctx_.send(*r.list, ctx_.actor(in), probe::own_place(ctx_, in, list, 0));
        auto place = probe::own_place(ctx_, c.other, list, 0);
        place.judged_alone = true;
        c.other_list = co_await ctx_.send(*r.list, ctx_.actor(c.other), std::move(place));
    }
    auto const is_astray = !c.other_list.shown(c.canary).empty();
    co_await object.remove(ctx_, is_astray ? std::optional{c.other} : std::nullopt);
    seen_.creations.push_back(std::move(c));
}

asio::awaitable<void> worker::work()
{
    co_await find_reads();
    if (reads_.empty()) co_return;
    co_await look_in_turn();
    co_await look_at_once();
    using target::resource;
    for (auto const* const r :
         probe::resources_with(ctx_.model(), {&resource::create, &resource::list}))
    {
        if (!r->parent.empty() || !may_send(*r->create, *who_.here)) continue;
        co_await make(*r, who_.there->tenant);
        co_await make(*r, who_.here->tenant);
        break;
    }
    for (auto const& read : reads_) {
        ctx_.covered().examined("endpoint", read.op->channel(), spec.id);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const who = account_of_two(ctx);
    if (!who) {
        out.not_applicable = "no user of one tenant logs in as a user of another does: give both "
                             "the same name and secret if accounts can belong to several tenants";
        co_return out;
    }
    worker one{ctx, *who};
    co_await one.work();
    out = judge(one.seen());
    if (one.seen().looks.empty()) {
        out.add_undecided("the account of two tenants is shown nothing of its first one's");
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::shared_account
