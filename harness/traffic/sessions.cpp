#include "harness/traffic/sessions.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace watertight::traffic {

// Log-ins are few, and must not become a load of their own.
static constexpr std::size_t logins_max = 4;
static constexpr std::chrono::nanoseconds pause_after_failure = 5s;

sessions::sessions(
    asio::any_io_executor core, target::model const& m, target::population const& tenants
)
    : model_{m}, tenants_{tenants}, client_{core, m.base, m.connection, logins_max}, ended_{core}
{
}

std::uint64_t sessions::key(tenant_index t, actor_index a) noexcept
{
    return std::uint64_t{t.value} << 32U | a.value;
}

target::actor const* sessions::renewed(tenant_index t, actor_index a) const
{
    // Hardly any run has to log anybody in again.
    auto const found = renewed_.empty() ? renewed_.end() : renewed_.find(key(t, a));
    return found != renewed_.end() && found->second.who ? &*found->second.who : nullptr;
}

target::actor const& sessions::current(tenant_index t, actor_index a) const
{
    auto const* const fresh = renewed(t, a);
    return fresh != nullptr ? *fresh : tenants_.at(t).actors[a.value];
}

bool sessions::is_due(tenant_index t, actor_index a, steady::time_point now) const
{
    if (!model_.login.login && !model_.login.refresh) return false;
    auto const& who = current(t, a);
    return !who.logged_in || (who.expires && now >= *who.expires);
}

bool sessions::can_renew(tenant_index t, actor_index a, steady::time_point refused_at) const
{
    if (!model_.login.login && !model_.login.refresh) return false;
    auto const last = renewed_.find(key(t, a));
    if (last == renewed_.end() || last->second.under_way) return true;
    auto const& tried = last->second;
    if (tried.succeeded && tried.tried > refused_at) return true;
    return tried.succeeded || tried.tried + pause_after_failure <= steady::now();
}

void sessions::take_cookies(tenant_index t, actor_index a, net::http_response_view const& view)
{
    if (!model_.login.cookies) return;
    net::http_response answer;
    answer.head = view.head;
    auto& entry = renewed_[key(t, a)];
    if (!entry.who) entry.who = tenants_.at(t).actors[a.value];
    target::merge_cookies(entry.who->cookies, answer);
}

asio::awaitable<bool> sessions::renew(tenant_index t, actor_index a, steady::time_point refused_at)
{
    if (!model_.login.login && !model_.login.refresh) co_return false;
    auto const id = key(t, a);
    // Looked up anew after each wait: the map may have grown meanwhile.
    while (renewed_[id].under_way) co_await ended_.wait();
    auto const& last = renewed_[id];
    if (last.succeeded && last.tried > refused_at) co_return true;
    if (!last.succeeded && last.tried + pause_after_failure > steady::now() &&
        last.tried != steady::time_point{})
    {
        co_return false;
    }
    co_await log_in(t, a);
    co_return renewed_[id].succeeded;
}

// Works on a copy, so that requests of the same user that are rendered meanwhile do not see a
// half-made session.
asio::awaitable<void> sessions::log_in(tenant_index t, actor_index a)
{
    auto const id = key(t, a);
    auto const fresh = std::make_unique<target::actor>(current(t, a));
    // A token that the target refused is worth nothing, whatever its expiry says.
    if (!fresh->expires || steady::now() < *fresh->expires) fresh->logged_in = false;
    renewed_[id].under_way = true;

    std::exception_ptr cancelled;
    bool succeeded = false;
    try {
        auto const done = co_await target::ensure_session(client_, model_, tenants_.at(t), *fresh);
        succeeded = done.has_value();
    } catch (...) {
        cancelled = std::current_exception();
    }
    auto& entry = renewed_[id];
    entry.under_way = false;
    entry.tried = steady::now();
    entry.succeeded = succeeded;
    if (succeeded) entry.who = std::move(*fresh);
    ended_.wake_all();
    if (cancelled) std::rethrow_exception(cancelled);
}

} // namespace watertight::traffic
