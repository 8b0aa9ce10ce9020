#include "probes/lifecycle/orphaned_job/probe.hpp"

#include "harness/probe/roles.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>

namespace watertight::probes::lifecycle::orphaned_job {

constexpr probe::spec spec{
    .id = "lifecycle.orphaned_job",
    .title = "Jobs of a removed tenant run on in another tenant's name",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-672",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 14.2.7",
    .faults = "L7",
    .rationale = "A worker takes a job whose tenant is gone. What finds no tenant falls back to "
                 "none or to the first one: the job reads everybody's data, or leaves its result "
                 "in a stranger's place.",
    .remedy = "Drop a tenant's jobs with the tenant, and let a worker refuse a job whose tenant it "
              "does not find.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided(t.channel, t.failure);
            continue;
        }
        auto const shown = std::ranges::find_if(t.others, [&](auto const& e) {
            return e.token_of(t.removed) != nullptr;
        });
        auto const opened = std::ranges::find_if(t.own, [](auto const& e) {
            return e.success() && e.foreign_token() != nullptr;
        });
        if (shown != t.others.end()) {
            auto v = probe::shown_by(
                *shown->token_of(t.removed),
                shown->channel,
                fmt::format(
                    "{} is shown a job of a tenant that was removed while the job waited.",
                    shown->sender
                ),
                {t.example, *shown}
            );
            v.victim = t.removed;
            out.violations.push_back(std::move(v));
        }
        if (opened != t.own.end()) {
            out.violations.push_back(probe::shown_by(
                *opened->foreign_token(),
                opened->channel,
                "The credentials of a removed tenant open the result of a job that ran without it, "
                "with another tenant's data in it.",
                {t.example, *opened}
            ));
        }
        auto const works = [](auto const& e) { return e.success(); };
        if (std::ranges::any_of(t.others, works)) {
            seen.decided(t.channel);
        } else {
            seen.undecided(t.channel, "no other tenant can list its jobs");
        }
    }
    seen.finish(out);
    return out;
}

// More than a worker gets done while the tenant goes.
static constexpr std::size_t jobs_max = 40;
static constexpr std::size_t readers_max = 3;
static constexpr std::chrono::milliseconds afterglow{500};

static std::vector<target::resource const*> jobs_of(target::model const& m)
{
    using target::resource;
    auto out = probe::resources_with(m, {&resource::create, &resource::read, &resource::list});
    std::erase_if(out, [](auto const* r) {
        return !r->read->poll.is_set() || !r->parent.empty() || !probe::writes_canary(*r->create);
    });
    return out;
}

static asio::awaitable<void>
start_jobs(probe::context& ctx, target::resource const& r, target::actor& who, trial& t)
{
    auto const work = [&](std::size_t) -> asio::awaitable<void> {
        auto one = co_await probe::create_once(ctx, r, who);
        if (one.object == nullptr) co_return;
        ++t.started;
        t.example = std::move(one.answer);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(jobs_max, each);
}

static asio::awaitable<void>
look_around(probe::context& ctx, target::resource const& r, target::tenant& gone, trial& t)
{
    auto const tenants = ctx.tenants();
    for (std::size_t i = 0; i < std::min(tenants.size(), readers_max); ++i) {
        auto e = co_await ctx.send(*r.list, ctx.actor(tenants[i]));
        t.others.push_back(std::move(e));
    }
    // The newest ones are those that had to wait.
    std::size_t looked = 0;
    auto const& objects = ctx.population().objects[gone.index.value];
    for (auto o = objects.rbegin(); o != objects.rend() && looked < readers_max; ++o) {
        if (o->resource != r.name || probe::id_of(*o).empty()) continue;
        ++looked;
        probe::request_options options;
        options.object = &*o;
        for (auto const& op : r.others) {
            if (!probe::is_read(op) || !op.mentions("id")) continue;
            auto e = co_await ctx.send(op, gone.actors.front(), options);
            t.own.push_back(std::move(e));
        }
    }
}

static asio::awaitable<trial>
attempt(probe::context& ctx, target::resource const& r, target::tenant& guest)
{
    trial t;
    t.channel = r.create->channel();
    t.removed = guest.index;
    co_await start_jobs(ctx, r, guest.actors.front(), t);
    auto const gone = co_await tenants::remove_tenant(ctx.shop(), guest);
    if (t.started == 0) t.failure = "no job could be started: " + probe::summary(t.example);
    if (gone.has_error()) t.failure = "the tenant could not be removed: " + gone.error().message;
    if (!t.failure.empty()) co_return t;
    co_await look_around(ctx, r, guest, t);
    co_await probe::pause(afterglow);
    co_await look_around(ctx, r, guest, t);
    co_return t;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& how = ctx.shop().how;
    auto const removes = how.remove || how.remove_sql || how.remove_command;
    auto const jobs = jobs_of(ctx.model());
    if (jobs.empty() || !removes || !probe::takes_guests(ctx)) {
        out.not_applicable = "it takes jobs that are listed, and tenants that can be made and "
                             "removed";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const* const r : jobs) {
        target::tenant_shape const plain;
        auto const guest = co_await probe::invite(ctx, plain);
        if (guest.tenant == nullptr) {
            out.add_undecided(guest.failure);
            co_return out;
        }
        auto t = co_await attempt(ctx, *r, *guest.tenant);
        trials.push_back(std::move(t));
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::orphaned_job
