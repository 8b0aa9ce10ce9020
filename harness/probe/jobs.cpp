#include "harness/probe/jobs.hpp"

#include "harness/probe/roles.hpp"

namespace watertight::probe {

target::operation const* job_state(target::resource const& r)
{
    if (r.read && r.read->poll.is_set()) return &*r.read;
    for (auto const& op : r.others) {
        if (op.poll.is_set()) return &op;
    }
    return nullptr;
}

std::chrono::nanoseconds job_patience(target::operation const& state)
{
    static constexpr std::chrono::nanoseconds usual = std::chrono::seconds{10};
    return state.within.count() > 0 ? state.within : usual;
}

asio::awaitable<job_end> wait_for_job(
    context& ctx,
    target::operation const& state,
    tenant_index whose,
    request_options about,
    std::chrono::nanoseconds patience
)
{
    auto const begun = steady::now();
    job_end out;
    while (true) {
        out.last = co_await ctx.send(state, ctx.actor(whose), about);
        auto const& poll = state.poll;
        auto const is_told = out.last.success() && !poll.is_pending(out.last.status);
        out.ended = is_told && poll.has_ended(out.last.status, out.last.body);
        out.took = steady::now() - begun;
        auto const goes_on = out.last.success() || poll.is_pending(out.last.status);
        if (out.ended || !goes_on || out.took >= patience) co_return out;
        co_await pause(std::chrono::milliseconds{20});
    }
}

asio::awaitable<target::object*>
order_job(context& ctx, target::resource const& r, tenant_index whose)
{
    // Not `context::create_object`, which waits for the end of each job.
    auto& shop = ctx.shop();
    auto const made = co_await tenants::create_object(shop, r, ctx.tenant(whose), ctx.actor(whose));
    co_return made.has_error() ? nullptr : *made;
}

asio::awaitable<void> remove_job(context& ctx, target::resource const& r, target::object& job)
{
    if (job.removed || !r.remove || !is_tenants_own(ctx.model(), *r.remove)) co_return;
    auto const options = about(ctx, job);
    auto const gone = co_await ctx.send(*r.remove, ctx.actor(job.tenant), options);
    job.removed = gone.success() || gone.status == 404 || gone.status == 410;
}

} // namespace watertight::probe
