#include "harness/probe/jobs.hpp"

#include "harness/probe/roles.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probe {

static bool is_polled(target::operation const& op)
{
    return !op.poll_pointer.empty();
}

target::operation const* job_state(target::resource const& r)
{
    if (r.read && is_polled(*r.read)) return &*r.read;
    for (auto const& op : r.others) {
        if (is_polled(op)) return &op;
    }
    return nullptr;
}

bool holds_one_of(
    std::string_view body, std::string const& pointer, std::vector<std::string> const& values
)
try {
    auto const whole = nlohmann::json::parse(body, nullptr, false);
    nlohmann::json::json_pointer const where{pointer};
    if (whole.is_discarded() || !whole.contains(where)) return false;
    auto const& value = whole.at(where);
    auto const text = value.is_string() ? value.get<std::string>() : value.dump();
    return std::ranges::count(values, text) != 0;
} catch (nlohmann::json::exception const&) {
    return false;
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
        out.ended = holds_one_of(out.last.body, state.poll_pointer, state.poll_until);
        out.took = steady::now() - begun;
        if (out.ended || !out.last.success() || out.took >= patience) co_return out;
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
