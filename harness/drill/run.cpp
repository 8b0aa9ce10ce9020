#include "harness/drill/run.hpp"

#include "harness/drill/out_of_reach.hpp"
#include "harness/drill/phases.hpp"

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace watertight::drill {

// `r` is in the frame of `run`, which awaits this.
static asio::awaitable<void> way_there(rehearsal& r)
{
    // Awaited apart from the conditions: GCC 12 at -O2 resumes a frame with both in one wrongly.
    auto const prepared = co_await r.prepare();
    if (!prepared || r.only_goes_back()) co_return;
    auto const measured = co_await r.baseline();
    if (measured) co_await r.go_forward();
}

asio::awaitable<verdict::drill_outcome>
run(plan const& p, surroundings& s, evidence::finding_book& findings)
{
    auto const core = co_await asio::this_coro::executor;
    rehearsal r{core, p, s};
    std::exception_ptr ended_by;
    try {
        co_await way_there(r);
    } catch (...) {
        ended_by = std::current_exception();
    }
    auto const interrupted = ended_by != nullptr;

    auto const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto back = r.go_back(interrupted);
    co_await out_of_reach(std::move(back));
    co_await asio::this_coro::throw_if_cancelled(throwing);

    if (interrupted && !is_cancellation(ended_by)) std::rethrow_exception(ended_by);
    auto out = r.conclude(interrupted, findings);
    co_return out;
}

asio::awaitable<verdict::drill_outcome>
bring_back(plan p, surroundings& s, evidence::finding_book& findings)
{
    p.former_traffic = std::move(p.traffic);
    p.traffic.clear();
    auto earlier = *s.earlier;
    earlier.next.way = way_on::back;
    s.earlier = &earlier;
    auto out = co_await run(p, s, findings);
    s.earlier = nullptr;
    co_return out;
}

} // namespace watertight::drill
