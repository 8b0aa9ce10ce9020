#include "harness/tenants/jobs.hpp"

#include "harness/target/exchange.hpp"
#include "harness/tenants/bench.hpp"

namespace watertight::tenants {

static target::operation const* polled_read(target::resource const& r)
{
    if (r.read && r.read->poll.is_set()) return &*r.read;
    for (auto const& other : r.others) {
        if (other.method == "GET" && other.poll.is_set()) return &other;
    }
    return nullptr;
}

static target::actor const&
sender_of(target::operation const& op, target::tenant const& t, target::object const& o)
{
    for (auto const& actor : t.actors) {
        if (!op.as.empty() && actor.role == op.as) return actor;
    }
    return t.actors[o.creator.value];
}

asio::awaitable<void>
await_job(workshop& w, target::resource const& r, target::object const& ordered)
{
    auto const* const op = polled_read(r);
    if (op == nullptr) co_return;
    auto const& t = w.made.at(ordered.tenant);
    auto const s = scope_of(w, t, &sender_of(*op, t, ordered), &ordered);
    target::overrides plain;
    // Whatever comes of it: whoever looks at the result sees for itself.
    auto const x = co_await target::perform(w.client, w.model, *op, s, std::move(plain));
    static_cast<void>(x);
}

} // namespace watertight::tenants
