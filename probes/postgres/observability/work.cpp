#include "harness/probe/read_back.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/observability/stage.hpp"

#include <algorithm>

namespace watertight::probes::postgres::observability {

static constexpr std::size_t creations_max = 4;
static constexpr int rounds_max = 4;

static std::vector<target::resource const*> creations(probe::context& ctx)
{
    using target::resource;
    std::vector<resource const*> out;
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        if (r->parent.empty() && !r->is_shared) out.push_back(r);
    }
    if (out.size() > creations_max) out.resize(creations_max);
    return out;
}

static asio::awaitable<void> create(stage s, target::resource const& r, tenant_index t)
{
    auto const made = co_await s.ctx.create_object(r, t);
    if (made.has_error()) co_return;
    if (r.update) {
        auto options = probe::about(s.ctx, **made);
        options.canary = s.ctx.fresh_canary(t);
        options.canary_number = s.ctx.fresh_number(t);
        co_await s.ctx.send(*r.update, s.ctx.actor(t), std::move(options));
    }
    co_await probe::discard(s.ctx, r, **made);
}

asio::awaitable<void> have_work_done(stage s, tenant_index t)
{
    auto const all = creations(s.ctx);
    // Several at a time, so that what they hold is held for long enough to be seen.
    static constexpr std::size_t at_once = 3;
    std::function<asio::awaitable<void>(std::size_t)> const each =
        [&](std::size_t i) -> asio::awaitable<void> { co_await create(s, *all[i / at_once], t); };
    co_await s.ctx.for_each(all.size() * at_once, each);
    for (auto const& search : probe::searches(s.ctx.model())) {
        if (search.of == nullptr) continue;
        auto const* const o = probe::pick_object(s.ctx, t, *search.of, 0);
        if (o == nullptr) continue;
        co_await s.ctx.send(*search.op, s.ctx.actor(t), probe::about(s.ctx, *o));
    }
}

static std::string watch_sql()
{
    return fmt::format(
        "select 'q', query from pg_stat_activity where pid <> pg_backend_pid() and {} union all "
        "select 'l', case when objsubid = 1 "
        "then format('select pg_advisory_xact_lock(%s)', (classid::bigint << 32) | objid::bigint) "
        "else format('select pg_advisory_xact_lock(%s, %s)', classid::bigint::bit(32)::int, "
        "objid::bigint::bit(32)::int) end "
        "from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid() "
        "and database = (select oid from pg_database where datname = current_database())",
        probe::marked_condition("query")
    );
}

static asio::awaitable<void> look(stage s, tenant_index t, watched& out)
{
    auto const rows = co_await s.role.look("", watch_sql());
    if (rows.has_error()) {
        out.failure = rows.error().message;
        co_return;
    }
    ++out.looks;
    for (auto const& row : rows->values) {
        auto const text = row[1].value_or("");
        if (row[0] == "l") {
            if (std::ranges::count(out.locks, text) == 0) out.locks.push_back(text);
            continue;
        }
        for (auto const& seen : probe::canaries_in(s.ctx, text)) {
            if (seen.who.tenant == t && out.token.empty()) out.token = seen.token;
        }
    }
}

asio::awaitable<watched> watch_work(stage s, tenant_index t)
{
    watched out;
    bool is_over = false;
    std::function<asio::awaitable<void>(std::size_t)> const each = [&](std::size_t i
                                                                   ) -> asio::awaitable<void> {
        if (i == 1) {
            // A lock is held for a moment, which a look may miss; most targets take none.
            for (int round = 0; round < rounds_max && out.locks.empty(); ++round) {
                co_await have_work_done(s, t);
            }
            is_over = true;
        }
        while (i == 0 && !is_over) co_await look(s, t, out);
    };
    co_await s.ctx.for_each(2, each);
    // What a session did last stands there until it does something else.
    co_await look(s, t, out);
    co_return out;
}

static double ms_since(steady::time_point begun)
{
    return std::chrono::duration<double, std::milli>{steady::now() - begun}.count();
}

// How long the tenant waits for the creation of an object, while the lock is held or not.
static asio::awaitable<double>
time_one(stage s, target::resource const& r, std::string take, bool is_held)
{
    if (is_held) {
        auto const hold =
            "begin; set local lock_timeout = '300ms'; set local statement_timeout = '2s'; " + take;
        auto const held = co_await s.direct->script(hold);
        if (held.has_error()) is_held = false;
    }
    target::object* made = nullptr;
    double took = 0;
    std::function<asio::awaitable<void>(std::size_t)> const each = [&](std::size_t i
                                                                   ) -> asio::awaitable<void> {
        if (i == 0) {
            std::string const release{is_held ? "select pg_sleep(0.12); rollback" : "rollback"};
            static_cast<void>(co_await s.direct->script(release));
            co_return;
        }
        auto const begun = steady::now();
        auto const answer = co_await s.ctx.create_object(r, s.victim);
        took = ms_since(begun);
        if (answer.has_value()) made = *answer;
    };
    co_await s.ctx.for_each(2, each);
    if (made != nullptr) co_await probe::discard(s.ctx, r, *made);
    co_return took;
}

asio::awaitable<void> time_lock(stage s, std::string take, std::vector<attempt>& out)
{
    static constexpr int pairs = 8;
    static constexpr double held_ms_min = 100;
    if (s.direct == nullptr) co_return;
    for (auto const* const r : creations(s.ctx)) {
        auto const first = co_await time_one(s, *r, take, true);
        if (first < held_ms_min) continue;
        attempt a{.what = sight::lock, .victim = s.victim, .intruder = s.intruder};
        a.channel = "postgres advisory lock of " + r->name;
        a.control = true;
        a.reproduction = s.role.reproduction("", take);
        for (int i = 0; i < pairs; ++i) {
            a.alone_ms.push_back(co_await time_one(s, *r, take, false));
            a.held_ms.push_back(co_await time_one(s, *r, take, true));
        }
        out.push_back(std::move(a));
        co_return;
    }
}

} // namespace watertight::probes::postgres::observability
