#include "probes/api/like_named/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::like_named {

constexpr probe::spec spec{
    .id = "api.like_named",
    .title = "Objects of the same name in two tenants are one",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-706",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "F8 J13 MG7",
    .rationale =
        "An object is looked up, replaced, stored or granted by its name, and the name is taken "
        "for one of its own kind everywhere: an upsert whose conflict names no tenant, a file "
        "called what its uploader called it, a consent by the application's name.",
    .remedy = "Make the tenant part of every unique key and of every path, and look names up "
              "within it.",
};

static constexpr std::size_t namings_max = 3;

// One of the two objects of like names.
struct side {
    probe::tenant_pair self;
    probe::planting object;
    probe::exchange made{};
};

class scene {
public:
    scene(
        probe::context& ctx,
        std::vector<probe::target_operation> views,
        target::resource const& r,
        probe::tenant_pair pair
    )
        : ctx_{ctx}, views_{std::move(views)}, r_{r}, pair_{pair}
    {
    }

    /// The places of a creation that take a name.
    asio::awaitable<std::vector<std::string>> places();
    asio::awaitable<void> play(std::string place, bool at_once, std::vector<trial>& out);

private:
    asio::awaitable<side> begin(tenant_index t);
    asio::awaitable<void> make(side& s, std::string place, std::string word);
    asio::awaitable<sight> look(side& s, std::string when);
    asio::awaitable<void> change(side& s);
    asio::awaitable<probe::exchange> read(target::object const& o);
    asio::awaitable<void> act(side& mine, side& theirs, trial& t);

    probe::context& ctx_;
    std::vector<probe::target_operation> views_;
    target::resource const& r_;
    probe::tenant_pair pair_;
};

asio::awaitable<side> scene::begin(tenant_index t)
{
    auto object = co_await probe::planting::begin(ctx_, r_, t);
    side out{{t, t}, std::move(object), {}};
    co_return out;
}

asio::awaitable<std::vector<std::string>> scene::places()
{
    // As it would be sent; nothing is.
    probe::request_options options = probe::own_place(ctx_, pair_.victim, {&r_, &*r_.create}, 0);
    options.canary = ctx_.fresh_canary(pair_.victim);
    options.canary_number = ctx_.fresh_number(pair_.victim);
    auto const body = probe::body_of(ctx_, *r_.create, pair_.victim, options);
    auto const where = probe::target_of(ctx_, *r_.create, pair_.victim, options);
    probe::marks const canary{options.canary, options.canary_number};
    std::vector<std::string> out;
    for (auto const& n : namings(body.value_or(""), where.value_or(""), canary, "wt")) {
        if (out.size() < namings_max) out.push_back(n.place);
    }
    co_return out;
}

asio::awaitable<void> scene::make(side& s, std::string place, std::string word)
{
    auto const who = s.self.victim;
    auto options = s.object.options();
    options.parent = probe::own_place(ctx_, who, {&r_, &*r_.create}, 0).parent;
    auto const body = probe::body_of(ctx_, *r_.create, who, options);
    auto const where = probe::target_of(ctx_, *r_.create, who, options);
    auto const all = namings(body.value_or(""), where.value_or(""), s.object.canary(), word);
    auto const found = std::ranges::find(all, place, &naming::place);
    if (found == all.end()) {
        s.made.failure = "the creation could not be written";
        co_return;
    }
    if (!found->body.empty()) options.changes.body = found->body;
    if (!found->target.empty()) options.changes.path = found->target;
    auto const way = probe::approach::own_path;
    s.made = co_await s.object.send(ctx_, s.self, way, std::move(options));
}

asio::awaitable<sight> scene::look(side& s, std::string when)
{
    sight out{std::move(when), {}};
    auto const options = s.object.place(ctx_);
    auto& who = ctx_.actor(s.self.victim);
    for (auto const& view : views_) {
        auto e = co_await ctx_.send(*view.op, who, options);
        out.views.push_back(std::move(e));
    }
    if (r_.list) {
        auto e = co_await ctx_.send(*r_.list, who, options);
        out.views.push_back(std::move(e));
    }
    co_return out;
}

// Another content under the same name, as far as the update has members of its own.
asio::awaitable<void> scene::change(side& s)
{
    if (!r_.update || !s.object.is_made()) co_return;
    auto options = s.object.place(ctx_);
    options.canary = s.object.canary().text;
    options.canary_number = s.object.canary().number;
    static_cast<void>(co_await ctx_.send(*r_.update, ctx_.actor(s.self.victim), options));
}

asio::awaitable<probe::exchange> scene::read(target::object const& o)
{
    auto const options = probe::about(ctx_, o);
    co_return co_await ctx_.send(*r_.read, ctx_.actor(o.tenant), options);
}

// Whatever else can be done to the second: approvals, consents, publications.
asio::awaitable<void> scene::act(side& mine, side& theirs, trial& t)
{
    if (!r_.read || r_.read->poll.is_set() || !theirs.object.is_made()) co_return;
    auto const twin = co_await ctx_.create_object(r_, pair_.victim);
    if (twin.has_error()) co_return;
    for (auto const& op : r_.others) {
        auto const fits = !probe::is_read(op) && !probe::object_slots(op).empty() &&
                          probe::is_tenants_own(ctx_.model(), op);
        if (!fits) continue;
        trial::action a;
        a.channel = op.channel();
        for (int i = 0; i < 2; ++i) {
            auto e = co_await read(mine.object.made());
            a.before.push_back(std::move(e));
        }
        a.twin_before = co_await read(**twin);
        auto const options = theirs.object.place(ctx_);
        a.done = co_await ctx_.send(op, ctx_.actor(pair_.intruder), options);
        a.after = co_await read(mine.object.made());
        a.twin_after = co_await read(**twin);
        t.actions.push_back(std::move(a));
    }
    co_await probe::discard(ctx_, r_, **twin);
}

asio::awaitable<void> scene::play(std::string place, bool at_once, std::vector<trial>& out)
{
    auto mine = co_await begin(pair_.victim);
    auto theirs = co_await begin(pair_.intruder);
    auto const word = "wtsame" + mine.object.canary().text.substr(18);
    trial t;
    t.channel = r_.create->channel();
    t.how = place + " = " + word;
    t.victim = pair_.victim;
    t.intruder = pair_.intruder;
    t.victims = mine.object.canary();
    t.intruders = theirs.object.canary();
    t.at_once = at_once;
    auto const both = [&](std::size_t i) { return make(i == 0 ? mine : theirs, place, word); };
    std::function<asio::awaitable<void>(std::size_t)> const each = both;
    if (at_once) {
        co_await ctx_.for_each(2, each);
    } else {
        co_await make(mine, place, word);
        if (mine.object.is_made()) {
            t.before = co_await look(mine, "before");
            co_await make(theirs, place, word);
        }
    }
    t.made = mine.made;
    t.other_made = theirs.made;
    if (mine.object.is_made() && theirs.made.answered) {
        auto first = co_await look(mine, "after both were made");
        t.after.push_back(std::move(first));
        if (theirs.object.is_made()) t.others = co_await look(theirs, "after both were made");
        if (!at_once && theirs.object.is_made()) {
            t.families = co_await look_below(ctx_, r_, mine.object.made(), theirs.object.made());
        }
        if (!at_once) co_await act(mine, theirs, t);
        co_await change(theirs);
        auto changed = co_await look(mine, "after the other was changed");
        t.after.push_back(std::move(changed));
        co_await theirs.object.discard(ctx_);
        auto last = co_await look(mine, "after the other was removed");
        t.after.push_back(std::move(last));
        out.push_back(std::move(t));
    }
    co_await theirs.object.discard(ctx_);
    co_await mine.object.discard(ctx_);
}

static asio::awaitable<void> examine(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    std::vector<probe::target_operation> views;
    for (auto const& read : probe::object_reads(ctx.model())) {
        // A job takes its time, and another probe looks at it.
        if (read.of == &r && !read.op->poll.is_set()) views.push_back(read);
    }
    scene one{ctx, std::move(views), r, pair};
    auto const places = co_await one.places();
    for (auto const& place : places) {
        co_await one.play(place, false, out);
        co_await one.play(place, true, out);
    }
    if (!places.empty()) ctx.covered().examined("endpoint", r.create->channel(), spec.id);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto kinds = probe::resources_with(ctx.model(), {&resource::create});
    std::erase_if(kinds, [](auto const* r) {
        auto const is_job = r->read && r->read->poll.is_set();
        return r->is_shared || (!r->read && !r->list) || is_job ||
               !probe::writes_canary(*r->create);
    });
    auto const pairs = ctx.few_pairs(1);
    if (kinds.empty() || pairs.empty()) {
        out.not_applicable = "nothing that is created can be seen, or there is but one tenant";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await examine(ctx, *kinds[i], pairs.front(), trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(kinds.size(), each);
    out = judge(trials);
    if (trials.empty()) out.not_applicable = "no creation takes a name beside its content";
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::like_named
