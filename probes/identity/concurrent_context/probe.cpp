#include "probes/identity/concurrent_context/probe.hpp"

#include "harness/probe/read_back.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace watertight::probes::identity::concurrent_context {

constexpr probe::spec spec{
    .id = "identity.concurrent_context",
    .title = "Tenants that ask at the same time are mistaken for each other",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-362",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 15.4.1",
    .faults = "X01 X02 X03 X04 X05 X08 X09",
    .rationale = "A current tenant kept in a global, a reused thread, a shared buffer or a pooled "
                 "connection belongs to whoever wrote it last. One request at a time never shows "
                 "it.",
    .remedy = "Carry the tenant in the request's own context through every call, and clear what a "
              "pool hands out before and after each use.",
};

// Enough that a window of a tenth of a millisecond in a request of one is met many times.
static constexpr std::size_t requests_per_read = 96;
// Of what belongs to no resource, exports among them, which may be slow.
static constexpr std::size_t requests_per_operation = 24;
// Then with all reads mixed: workers, buffers and connections go from one to another.
static constexpr std::size_t mixed_per_read = 24;
// Of both as many at least, and no more once a slow target has taken so long over them.
static constexpr std::size_t least_per_read = 24;
static constexpr std::size_t least_mixed_per_read = 6;
static constexpr auto patience = std::chrono::seconds{5};
// Of each list while others write what stands in it: settings that are loaded anew, say.
static constexpr std::size_t requests_beside_writes = 48;
static constexpr std::size_t every_write_beside = 6;
static constexpr std::size_t every_nobody = 8;
static constexpr std::size_t every_write = 16;
static constexpr std::size_t writers_max = 8;

// All tenants at work on one target.
class crowd {
public:
    explicit crowd(probe::context& ctx);

    bool is_possible() const noexcept { return !reads_.empty() && tenants_.size() >= 2; }
    asio::awaitable<void> ask_alone();
    asio::awaitable<void> ask_at_once();
    asio::awaitable<void> ask_and_write_at_once();
    asio::awaitable<void> ask_beside_writes();
    asio::awaitable<void> look_afterwards();
    trial const& seen() const noexcept { return seen_; }

private:
    struct question {
        probe::target_operation read;
        tenant_index who;
        std::size_t turn;
    };

    std::optional<probe::request_options> place_of(question const& q);
    target::actor& actor_of(question const& q);
    asio::awaitable<void> ask(question q);
    asio::awaitable<void> ask_as_nobody(question q);
    asio::awaitable<void> ask_for_health(question q);
    asio::awaitable<void> ask_in_vain(question q);
    asio::awaitable<void> write(std::size_t turn);
    asio::awaitable<void> make(target::resource const& r, tenant_index who);
    asio::awaitable<void> look(probe::target_operation read, tenant_index who);
    asio::awaitable<void> clear_away();

    probe::context& ctx_;
    std::vector<probe::target_operation> reads_;
    std::vector<probe::target_operation> collections_;
    std::vector<target::resource const*> writable_;
    std::vector<tenant_index> tenants_;
    std::vector<target::object*> made_{};
    std::map<tenant_index, std::uint64_t> in_flight_{};
    std::uint64_t in_flight_total_ = 0;
    trial seen_{};
};

crowd::crowd(probe::context& ctx)
    : ctx_{ctx},
      reads_{probe::object_reads(ctx.model())},
      collections_{probe::collection_reads(ctx.model())},
      writable_{probe::resources_with(
          ctx.model(), {&target::resource::create, &target::resource::remove}
      )},
      tenants_{ctx.tenants()}
{
    reads_.insert(reads_.end(), collections_.begin(), collections_.end());
    std::erase_if(writable_, [](auto const* r) { return !r->read && !r->list; });
}

std::optional<probe::request_options> crowd::place_of(question const& q)
{
    if (q.read.of == nullptr) return probe::request_options{};
    if (probe::object_slots(*q.read.op).empty()) {
        return probe::own_place(ctx_, q.who, q.read, q.turn);
    }
    auto const* const object = probe::pick_object(ctx_, q.who, *q.read.of, q.turn);
    if (object == nullptr) return std::nullopt;
    return probe::about(ctx_, *object);
}

target::actor& crowd::actor_of(question const& q)
{
    auto& actors = ctx_.tenant(q.who).actors;
    return actors[q.turn % actors.size()];
}

// What shows nothing foreign is kept without its text.
static probe::exchange lightened(probe::exchange e)
{
    if (e.foreign_token() == nullptr) e.body.clear();
    return e;
}

asio::awaitable<void> crowd::ask(question q)
{
    auto options = place_of(q);
    if (!options) co_return;
    auto& mine = in_flight_[q.who];
    sample s;
    s.overlapped = in_flight_total_ > mine;
    ++in_flight_total_;
    ++mine;
    auto answer = co_await ctx_.send(*q.read.op, actor_of(q), std::move(*options));
    --in_flight_total_;
    --mine;
    s.answer = lightened(std::move(answer));
    seen_.answers.push_back(std::move(s));
}

asio::awaitable<void> crowd::ask_as_nobody(question q)
{
    auto options = place_of(q);
    if (!options) co_return;
    options->changes.credentials.emplace();
    options->changes.identity.emplace();
    auto answer = co_await ctx_.send(*q.read.op, ctx_.actor(q.who), std::move(*options));
    seen_.nobodys.push_back(std::move(answer));
}

asio::awaitable<void> crowd::ask_for_health(question q)
{
    auto const& health = ctx_.model().health;
    if (!health) co_return;
    auto answer = co_await ctx_.send(*health, ctx_.actor(q.who));
    seen_.nobodys.push_back(std::move(answer));
}

// For an object that nobody has: what is cleared at the end of a request may be skipped by one that
// is refused on its way.
asio::awaitable<void> crowd::ask_in_vain(question q)
{
    auto options = place_of(q);
    if (!options || options->object == nullptr) co_return;
    target::values twin;
    twin.set("id", probe::absent_twin(probe::id_of(*options->object), ctx_.random()));
    options->extra = &twin;
    static_cast<void>(co_await ctx_.send(*q.read.op, actor_of(q), std::move(*options)));
}

asio::awaitable<void> crowd::ask_alone()
{
    auto const n = std::min<std::size_t>(tenants_.size(), writers_max);
    for (auto const& read : reads_) {
        for (std::size_t i = 0; i < n; ++i) {
            question const q{read, tenants_[i], i};
            auto options = place_of(q);
            if (!options) continue;
            auto answer = co_await ctx_.send(*read.op, actor_of(q), std::move(*options));
            seen_.alone.push_back(lightened(std::move(answer)));
        }
    }
}

asio::awaitable<void> crowd::ask_at_once()
{
    auto const until = steady::now() + patience;
    for (auto const& read : reads_) {
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            if (i >= least_per_read && steady::now() > until) co_return;
            question const q{read, tenants_[i % tenants_.size()], i / tenants_.size()};
            co_await ask(q);
            if (i % every_nobody == 0) co_await ask_as_nobody(q);
            if (i % every_nobody == every_nobody / 2) co_await ask_for_health(q);
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await ctx_.for_each(
            read.of == nullptr ? requests_per_operation : requests_per_read, each
        );
    }
}

asio::awaitable<void> crowd::ask_and_write_at_once()
{
    auto const until = steady::now() + patience;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const round = i / reads_.size();
        if (round >= least_mixed_per_read && steady::now() > until) co_return;
        question const q{reads_[i % reads_.size()], tenants_[(i + round) % tenants_.size()], round};
        co_await ask(q);
        if (i % every_nobody == 0) co_await ask_as_nobody(q);
        if ((i + round) % every_nobody == every_nobody / 2) co_await ask_in_vain(q);
        if (i % every_write == every_write / 2) co_await write(i / every_write);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx_.for_each(reads_.size() * mixed_per_read, each);
}

asio::awaitable<void> crowd::write(std::size_t turn)
{
    if (writable_.empty()) co_return;
    auto const& r = *writable_[turn % writable_.size()];
    auto const writers = std::min<std::size_t>(tenants_.size(), writers_max);
    auto const who = tenants_[turn / writable_.size() % writers];
    co_await make(r, who);
}

asio::awaitable<void> crowd::make(target::resource const& r, tenant_index who)
{
    auto const made = co_await ctx_.create_object(r, who);
    if (made.has_error()) co_return;
    made_.push_back(*made);
    if (!r.update || !probe::is_tenants_own(ctx_.model(), *r.update)) co_return;
    auto options = probe::about(ctx_, **made);
    options.canary = ctx_.fresh_canary(who);
    options.canary_number = ctx_.fresh_number(who);
    co_await ctx_.send(*r.update, ctx_.actor(who), std::move(options));
}

// What cannot be removed one by one goes with its tenant.
static bool is_writable(probe::context& ctx, target::resource const& r, tenant_index t)
{
    auto const is_job = r.read && r.read->poll.is_set();
    auto const fits = r.create && r.parent.empty() && !r.is_shared && !is_job;
    return fits && probe::is_tenants_own(ctx.model(), *r.create) &&
           (r.remove || tenants::goes_with_tenant(ctx.shop(), t));
}

asio::awaitable<void> crowd::ask_beside_writes()
{
    auto const until = steady::now() + patience;
    for (auto const& read : collections_) {
        auto const* const r = read.of;
        if (r == nullptr || !is_writable(ctx_, *r, tenants_.front())) continue;
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            if (steady::now() > until) co_return;
            auto const who = tenants_[i % tenants_.size()];
            if (i % every_write_beside == 0) co_await make(*r, who);
            if (i % every_write_beside != 0) co_await ask({read, who, i / tenants_.size()});
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await ctx_.for_each(requests_beside_writes, each);
    }
}

asio::awaitable<void> crowd::look(probe::target_operation read, tenant_index who)
{
    question const q{read, who, 0};
    auto options = place_of(q);
    if (!options) co_return;
    view v;
    v.first = co_await ctx_.send(*read.op, ctx_.actor(who), *options);
    if (v.first.foreign_token() != nullptr) {
        v.again = co_await ctx_.send(*read.op, ctx_.actor(who), std::move(*options));
    }
    seen_.afterwards.push_back(std::move(v));
}

// One after another, so that what is foreign here was put here.
asio::awaitable<void> crowd::look_afterwards()
{
    auto const n = std::min<std::size_t>(tenants_.size(), writers_max);
    for (auto const& read : collections_) {
        for (std::size_t i = 0; i < n; ++i) co_await look(read, tenants_[i]);
    }
    for (auto const* const o : made_) {
        auto const& r = *ctx_.model().find_resource(o->resource);
        if (!r.read || !probe::is_tenants_own(ctx_.model(), *r.read)) continue;
        auto const options = probe::about(ctx_, *o);
        view v;
        v.first = co_await ctx_.send(*r.read, ctx_.actor(o->tenant), options);
        if (v.first.foreign_token() != nullptr) {
            v.again = co_await ctx_.send(*r.read, ctx_.actor(o->tenant), options);
        }
        seen_.afterwards.push_back(std::move(v));
    }
    co_await clear_away();
}

asio::awaitable<void> crowd::clear_away()
{
    for (auto* const o : made_) {
        auto const& r = *ctx_.model().find_resource(o->resource);
        co_await probe::discard(ctx_, r, *o);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    crowd all{ctx};
    probe::conclusion out;
    if (!all.is_possible()) {
        out.not_applicable = "it takes two tenants and a read of a resource";
        co_return out;
    }
    co_await all.ask_alone();
    co_await all.ask_at_once();
    co_await all.ask_and_write_at_once();
    co_await all.ask_beside_writes();
    co_await all.look_afterwards();
    co_return judge(all.seen());
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::concurrent_context
