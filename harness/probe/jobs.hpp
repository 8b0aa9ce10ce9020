#pragma once

#include "harness/probe/reach.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// What tells whether a job of the resource has ended: the first operation with `poll`; null if
/// nothing does.
target::operation const* job_state(target::resource const& r);

/// How long a job of this kind may take: `within` of what tells its state, or a usual time.
std::chrono::nanoseconds job_patience(target::operation const& state);

/// A look at a job after it has ended, or when the time was over.
struct job_end {
    exchange last{};
    bool ended = false;
    std::chrono::nanoseconds took{};
};

/// Asks for the state of the job that `about` speaks of until it has ended, the target refuses, or
/// `patience` is over.
asio::awaitable<job_end> wait_for_job(
    context& ctx,
    target::operation const& state,
    tenant_index whose,
    request_options about,
    std::chrono::nanoseconds patience
);

/// Orders a job and does not wait for its end; null if none was made. The clean-up knows it.
asio::awaitable<target::object*>
order_job(context& ctx, target::resource const& r, tenant_index whose);

/// Removes a job, where its resource can be removed.
asio::awaitable<void> remove_job(context& ctx, target::resource const& r, target::object& job);

} // namespace watertight::probe
