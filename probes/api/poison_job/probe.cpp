#include "probes/api/poison_job/probe.hpp"

#include "harness/probe/planting.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::poison_job {

constexpr probe::spec spec{
    .id = "api.poison_job",
    .title = "A job that can't be carried out holds up another tenant's",
    .where = probe::layer::api,
    .kind = evidence::guarantee::performance,
    .level = evidence::severity::high,
    .cwe = "CWE-400",
    .owasp = "API4:2023",
    .asvs = "15.2.2, 16.5.2",
    .faults = "Q8",
    .rationale = "Tenants share a queue and a worker. A job that fails each time is put back to "
                 "the head, or ends the worker, and whoever stands behind it waits as long as it "
                 "is there.",
    .remedy = "Check an order before it is queued; after a few attempts put a job aside where "
              "somebody looks; let each tenant have a queue, or a share of the workers.",
};

// The wait of one that stands behind the others, with room for a busy machine.
static std::chrono::nanoseconds patience_for(trial const& t, target::operation const& state)
{
    auto const jobs = static_cast<std::int64_t>(t.taken.size() + 1);
    return std::max(probe::job_patience(state), 5 * jobs * t.before.took);
}

class attempt {
public:
    attempt(probe::context& ctx, target::resource const& r, probe::tenant_pair pair)
        : ctx_{ctx}, r_{r}, state_{*probe::job_state(r)}, pair_{pair}
    {
        out_.victim = pair.victim;
        out_.intruder = pair.intruder;
        out_.order.channel = r.create->channel();
    }

    asio::awaitable<trial> make();

private:
    asio::awaitable<probe::job_end> victims_job(std::chrono::nanoseconds patience);
    asio::awaitable<void> order(poison p);
    asio::awaitable<void> relieve();

    probe::context& ctx_;
    target::resource const& r_;
    target::operation const& state_;
    probe::tenant_pair pair_;
    std::vector<probe::planting> ordered_{};
    target::object* waiting_ = nullptr;
    trial out_{};
};

asio::awaitable<probe::job_end> attempt::victims_job(std::chrono::nanoseconds patience)
{
    waiting_ = co_await probe::order_job(ctx_, r_, pair_.victim);
    if (waiting_ == nullptr) {
        out_.failure = "the victim could not order a job";
        co_return probe::job_end{};
    }
    auto about = probe::about(ctx_, *waiting_);
    co_return co_await probe::wait_for_job(ctx_, state_, pair_.victim, std::move(about), patience);
}

asio::awaitable<void> attempt::order(poison p)
{
    auto object = co_await probe::planting::begin(ctx_, r_, pair_.intruder);
    auto options = object.options();
    options.changes.body = p.body;
    auto const way = probe::approach::own_path;
    auto answer = co_await object.send(ctx_, pair_, way, std::move(options));
    if (answer.refused()) ++out_.refused;
    if (object.is_made()) {
        out_.taken.push_back(std::move(p));
        ordered_.push_back(std::move(object));
        out_.order = std::move(answer);
    } else if (out_.taken.empty()) {
        out_.order = std::move(answer);
    }
}

// The jobs go, and the worker with them is free again.
asio::awaitable<void> attempt::relieve()
{
    for (auto& one : ordered_) co_await one.discard(ctx_);
    if (waiting_ == nullptr) co_return;
    if (!out_.after.ended && out_.after.last.success()) {
        auto about = probe::about(ctx_, *waiting_);
        auto const patience = probe::job_patience(state_);
        out_.relieved =
            co_await probe::wait_for_job(ctx_, state_, pair_.victim, std::move(about), patience);
    }
    co_await probe::remove_job(ctx_, r_, *waiting_);
}

asio::awaitable<trial> attempt::make()
{
    auto const sample = probe::body_of(ctx_, *r_.create, pair_.intruder, {.canary = "x"});
    out_.before = co_await victims_job(probe::job_patience(state_));
    if (waiting_ != nullptr) co_await probe::remove_job(ctx_, r_, *waiting_);
    if (!out_.before.ended) co_return std::move(out_);
    auto all = poisons(sample.value_or(""));
    for (auto& one : all) co_await order(std::move(one));
    out_.patience = patience_for(out_, state_);
    out_.after = co_await victims_job(out_.patience);
    co_await relieve();
    co_return std::move(out_);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const pairs = ctx.few_pairs(1);
    std::vector<trial> trials;
    for (auto const* const r : probe::resources_with(ctx.model(), {&target::resource::create})) {
        auto const is_job = probe::job_state(*r) != nullptr;
        if (!is_job || !target::takes_fields(r->create->body) || pairs.empty()) continue;
        auto const sample =
            probe::body_of(ctx, *r->create, pairs.front().intruder, {.canary = "x"});
        // An order that says nothing can't be spoilt.
        if (poisons(sample.value_or("")).empty()) continue;
        attempt one{ctx, *r, pairs.front()};
        auto t = co_await one.make();
        ctx.covered().examined("endpoint", r->create->channel(), spec.id);
        trials.push_back(std::move(t));
    }
    if (trials.empty()) {
        out.not_applicable =
            "no resource has a `create` with a body of fields and a read with `poll`: "
            "a job that is ordered and waited for";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::poison_job
