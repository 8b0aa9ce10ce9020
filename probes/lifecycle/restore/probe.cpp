#include "probes/lifecycle/restore/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/roles.hpp"

#include <algorithm>

namespace watertight::probes::lifecycle::restore {

constexpr probe::spec spec{
    .id = "lifecycle.restore",
    .title = "Restoring one tenant's backup touches another tenant",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-669",
    .owasp = "API8:2023",
    .asvs = "8.4.1, 14.2.7",
    .faults = "L10",
    .rationale = "A backup is of tables, files or a database; the restore replaces what it finds "
                 "there, and with it what all others have written since. A backup that is found by "
                 "its id alone can be brought back by anybody, for anybody.",
    .remedy = "Take and restore backups by the tenant's predicate, in one transaction; keep whose "
              "a backup is with it, and compare.",
};

// What a tenant can make, change or remove, and see.
static target::resource const* fitting(target::model const& m, std::size_t turn)
{
    using target::resource;
    std::vector<target::resource const*> out;
    for (auto const* const r : probe::resources_with(m, {&resource::create, &resource::remove})) {
        auto const is_job = r->read && r->read->poll.is_set();
        auto const fits = r->parent.empty() && !r->is_shared && (r->read || r->list) && !is_job &&
                          probe::writes_canary(*r->create);
        if (fits) out.push_back(r);
    }
    return turn < out.size() ? out[turn] : nullptr;
}

class scene {
public:
    scene(probe::context& ctx, target::resource const& r, target::tenant& a, target::tenant& b)
        : ctx_{ctx}, promise_{*ctx.promised().backup}, r_{r}, a_{a}, b_{b}
    {
    }

    asio::awaitable<trial> play();

private:
    asio::awaitable<target::object*> make(target::tenant& t);
    asio::awaitable<std::vector<probe::exchange>> look(target::object const& o);
    asio::awaitable<keeping> keep(std::string what, target::object* o);
    asio::awaitable<void> wait_for_return(trial& t, target::object const& o);
    asio::awaitable<void> bring_back_elsewhere(trial& t, target::values const& captured);

    probe::context& ctx_;
    target::backup_promise const& promise_;
    target::resource const& r_;
    target::tenant& a_;
    target::tenant& b_;
};

asio::awaitable<target::object*> scene::make(target::tenant& t)
{
    auto const made = co_await ctx_.create_object(r_, t.actors.front());
    co_return made.has_error() ? nullptr : *made;
}

asio::awaitable<std::vector<probe::exchange>> scene::look(target::object const& o)
{
    auto const options = probe::about(ctx_, o);
    co_return co_await probe::look_at(ctx_, probe::views_of(r_), o.tenant, options);
}

asio::awaitable<keeping> scene::keep(std::string what, target::object* o)
{
    keeping out;
    out.what = std::move(what);
    out.owner = o->tenant;
    out.canary = probe::marks_of(*o);
    out.before = co_await look(*o);
    co_return out;
}

asio::awaitable<void> scene::wait_for_return(trial& t, target::object const& o)
{
    auto const until = steady::now() + promise_.restore.within;
    while (true) {
        t.returned.after = co_await look(o);
        auto const is_back = probe::shown_in(t.returned.after, t.returned.canary) != nullptr;
        if (is_back || steady::now() >= until) co_return;
        co_await probe::pause(std::chrono::milliseconds{50});
    }
}

asio::awaitable<void> scene::bring_back_elsewhere(trial& t, target::values const& captured)
{
    probe::request_options options;
    options.extra = &captured;
    t.hostile = co_await ctx_.send(promise_.restore, b_.actors.front(), options);
    for (auto const& read : probe::collection_reads(ctx_.model())) {
        if (read.of == nullptr) continue;
        auto place = probe::own_place(ctx_, b_.index, read, 0);
        auto e = co_await ctx_.send(*read.op, b_.actors.front(), std::move(place));
        t.intruders_views.push_back(std::move(e));
    }
}

asio::awaitable<trial> scene::play()
{
    trial t;
    t.channel = promise_.restore.channel();
    t.restored = a_.index;
    t.other = b_.index;
    auto* const first = co_await make(a_);
    auto* const others_first = co_await make(b_);
    if (first == nullptr || others_first == nullptr) {
        t.failure = "no object could be made";
        co_return t;
    }
    t.taken = co_await ctx_.send(promise_.take, a_.actors.front());
    net::http_response const answer{
        .status = t.taken.status, .head = t.taken.head, .body = t.taken.body, .took = {}};
    auto const captured = target::run_captures(promise_.take, answer);
    if (!promise_.take.accepts(t.taken.status) || !captured) {
        t.failure = "no backup could be taken: " + probe::summary(t.taken);
        co_return t;
    }
    // Since then: the one lost what it had, the other went on.
    auto const about = probe::about(ctx_, *first);
    static_cast<void>(co_await ctx_.send(*r_.remove, a_.actors.front(), about));
    t.returned = co_await keep("what it had", first);
    auto* const others_second = co_await make(b_);
    auto old = co_await keep("an object of before the backup", others_first);
    t.others.push_back(std::move(old));
    if (others_second != nullptr) {
        auto young = co_await keep("an object that was made after the backup", others_second);
        t.others.push_back(std::move(young));
    }
    probe::request_options options;
    options.extra = &*captured;
    t.brought_back = co_await ctx_.send(promise_.restore, a_.actors.front(), options);
    co_await wait_for_return(t, *first);
    t.others[0].after = co_await look(*others_first);
    if (others_second != nullptr) t.others[1].after = co_await look(*others_second);
    co_await bring_back_elsewhere(t, *captured);
    co_return t;
}

static asio::awaitable<std::string> play_all(probe::context& ctx, std::vector<trial>& out)
{
    static constexpr std::size_t kinds_max = 4;
    for (std::size_t i = 0; i < kinds_max; ++i) {
        auto const* const r = fitting(ctx.model(), i);
        if (r == nullptr) co_return "";
        target::tenant_shape const plain;
        auto const a = co_await probe::invite(ctx, plain);
        auto const b = co_await probe::invite(ctx, plain);
        auto failure = a.tenant == nullptr ? a.failure : b.failure;
        if (failure.empty()) {
            scene one{ctx, *r, *a.tenant, *b.tenant};
            auto t = co_await one.play();
            auto const is_backed_up = probe::shown_in(t.returned.after, t.returned.canary);
            // A backup need not hold everything: one kind that it brings back is enough.
            auto const is_loss = std::ranges::any_of(t.others, [](auto const& k) {
                return probe::shown_in(k.after, k.canary) == nullptr;
            });
            auto const tells = is_backed_up != nullptr || is_loss || !t.failure.empty();
            if (tells || fitting(ctx.model(), i + 1) == nullptr) out.push_back(std::move(t));
        }
        if (a.tenant != nullptr) co_await probe::dismiss(ctx, *a.tenant);
        if (b.tenant != nullptr) co_await probe::dismiss(ctx, *b.tenant);
        if (!failure.empty()) co_return failure;
        if (!out.empty()) co_return "";
    }
    co_return "";
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& promise = ctx.promised().backup;
    if (!promise || !probe::takes_guests(ctx) || fitting(ctx.model(), 0) == nullptr) {
        out.not_applicable = "the scenario describes no `backup`, or makes no tenants, or nothing "
                             "that can be made, removed and seen";
        co_return out;
    }
    std::vector<trial> trials;
    auto const failure = co_await play_all(ctx, trials);
    ctx.covered().examined("endpoint", promise->take.channel(), spec.id);
    ctx.covered().examined("endpoint", promise->restore.channel(), spec.id);
    out = judge(trials);
    if (!failure.empty()) out.add_undecided(failure);
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::restore
