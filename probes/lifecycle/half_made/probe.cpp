#include "probes/lifecycle/half_made/probe.hpp"

#include "harness/probe/targets.hpp"

namespace watertight::probes::lifecycle::half_made {

constexpr probe::spec spec{
    .id = "lifecycle.half_made",
    .title = "A tenant whose creation failed is there by half",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::service,
    .level = evidence::severity::medium,
    .cwe = "CWE-460",
    .owasp = "API8:2023",
    .asvs = "2.3.3",
    .faults = "L5",
    .rationale =
        "A tenant is made in steps: a record, a schema or database, policies, the first user. When "
        "one fails and those before it stay, there is a tenant without what should guard it, whose "
        "name nobody can take, and which no removal knows.",
    .remedy = "Make all of it in one transaction, or undo what was done, and let a tenant be used "
              "only when its last step is.",
};

// The slots of a creation that would be its first user's.
static target::values first_users(target::tenant const& draft)
{
    target::values out;
    if (draft.actors.empty()) return out;
    for (auto const& [name, value] : draft.actors.front().attributes.all()) {
        out.set("user." + name, value);
    }
    return out;
}

// As the scenario says, for a tenant that is not among the run's and that nothing else names.
static probe::request_options options_for(target::tenant const& draft, target::values const& slots)
{
    probe::request_options out;
    out.slots_of = &draft;
    out.extra = &slots;
    out.changes.identity.emplace();
    return out;
}

static asio::awaitable<probe::exchange>
send_creation(probe::context& ctx, target::tenant& draft, std::string body)
{
    auto const slots = first_users(draft);
    auto options = options_for(draft, slots);
    if (!body.empty()) options.changes.body = std::move(body);
    auto& sender = ctx.actor(ctx.tenants().front());
    co_return co_await ctx.send(*ctx.shop().how.create, sender, std::move(options));
}

// @return whether it was made; it is removed again.
static asio::awaitable<bool>
conclude(probe::context& ctx, target::tenant& draft, probe::exchange const& e)
{
    net::http_response const answer{.status = e.status, .head = e.head, .body = e.body, .took = {}};
    auto const is_made =
        tenants::conclude_tenant(ctx.shop(), draft, e.answered ? &answer : nullptr);
    if (draft.may_exist) co_await probe::dismiss(ctx, draft);
    co_return is_made;
}

static asio::awaitable<std::vector<spoilt>>
bodies_for(probe::context& ctx, target::tenant const& draft)
{
    auto const slots = first_users(draft);
    auto& sender = ctx.actor(ctx.tenants().front());
    auto options = options_for(draft, slots);
    auto const whole = co_await ctx.written(*ctx.shop().how.create, sender, std::move(options));
    auto const head = whole.wire.find("\r\n\r\n");
    if (head == std::string::npos) co_return std::vector<spoilt>{};
    std::vector<std::string> kept{draft.slug};
    // Whoever is to remove it must be able to, should the target take what is spoilt.
    auto const& remove = ctx.shop().how.remove;
    auto const by_platform =
        !remove || ctx.model().find_credential(remove->as) != nullptr || remove->as == "anonymous";
    if (!by_platform && !draft.actors.empty()) {
        for (auto const& [name, value] : draft.actors.front().attributes.all()) {
            kept.push_back(value);
        }
    }
    auto const sent = std::string_view{whole.wire}.substr(head + 4);
    co_return spoil(target::fields_of(ctx.shop().how.create->body, sent), kept);
}

static asio::awaitable<void> attempt(probe::context& ctx, std::size_t i, std::vector<trial>& out)
{
    auto* const draft = co_await tenants::announce_tenant(ctx.shop());
    if (draft == nullptr) co_return;
    auto all = co_await bodies_for(ctx, *draft);
    if (i >= all.size()) {
        draft->may_exist = false;
        co_return;
    }
    trial t;
    t.how = all[i].how;
    t.tenant = draft->index;
    t.refused = co_await send_creation(ctx, *draft, std::move(all[i].body));
    if (t.refused.success() || !t.refused.answered) {
        static_cast<void>(co_await conclude(ctx, *draft, t.refused));
        co_return;
    }
    if (ctx.model().login.login && !draft->actors.empty()) {
        auto const session = co_await ctx.log_in(draft->actors.front());
        t.opens_session = session.has_value();
    }
    t.again = co_await send_creation(ctx, *draft, {});
    t.is_made_again = co_await conclude(ctx, *draft, t.again);
    out.push_back(std::move(t));
}

static asio::awaitable<control> make_whole(probe::context& ctx)
{
    control out;
    auto* const draft = co_await tenants::announce_tenant(ctx.shop());
    if (draft == nullptr) co_return out;
    out.made = co_await send_creation(ctx, *draft, {});
    out.is_made = co_await conclude(ctx, *draft, out.made);
    co_return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& create = ctx.shop().how.create;
    auto const fits = create && target::takes_fields(create->body) && probe::takes_guests(ctx) &&
                      !ctx.shop().how.slug.empty();
    if (!fits || ctx.tenants().empty()) {
        out.not_applicable = "the scenario makes no tenants by a request whose body has fields";
        co_return out;
    }
    if (!ctx.shop().how.create_then.empty()) {
        out.not_applicable = "the scenario makes tenants by several requests";
        co_return out;
    }
    auto const whole = co_await make_whole(ctx);
    auto const all = co_await bodies_for(ctx, ctx.tenant(ctx.tenants().front()));
    std::vector<trial> trials;
    for (std::size_t i = 0; i < all.size(); ++i) co_await attempt(ctx, i, trials);
    co_return judge(trials, whole);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::half_made
