#include "scenarios/lab/user_integers/tenant_connections.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>

namespace watertight::lab::user_integers {

using namespace std::chrono_literals;

static constexpr auto statement_budget = 60s;

tenant_connections::tenant_connections(asio::any_io_executor core, settings how)
    : core_(std::move(core)), how_(std::move(how))
{
}

void tenant_connections::loan::drop()
{
    connection_.reset();
    home_->lose_one();
}

// One of the tenant's own if there is one, else the longest idle of the others.
auto tenant_connections::take_idle(std::string const& tenant_id) -> owned
{
    if (idle_.empty()) return nullptr;
    auto const is_own = [&](owned const& c) { return c->tenant_id == tenant_id; };
    auto at = std::ranges::find_if(idle_, is_own);
    // While there may be more connections, pools need not take each other's.
    if (at == idle_.end() && connections_ < how_.connections_max) return nullptr;
    if (at == idle_.end()) at = idle_.begin();
    auto out = std::move(*at);
    idle_.erase(at);
    return out;
}

asio::awaitable<tenant_connections::owned> tenant_connections::open()
{
    ++connections_;
    auto link = co_await stores::postgres::connect(core_, how_.url, 15s);
    if (!link) {
        lose_one();
        throw store_error{link.error()};
    }
    co_return std::make_unique<connection>(connection{std::move(*link), ""});
}

asio::awaitable<tenant_connections::owned> tenant_connections::wait_for_one()
{
    auto const self = std::make_shared<waiter>(waiter{
        asio::steady_timer{core_, asio::steady_timer::time_point::max()}, nullptr});
    waiting_.push_back(self);
    boost::system::error_code rung;
    co_await self->bell.async_wait(asio::redirect_error(asio::use_awaitable, rung));
    if (!self->rung) {
        std::erase(waiting_, self);
        throw store_error{failure{errc::exhausted, "the wait for a connection was cancelled", {}}};
    }
    co_return std::move(self->given);
}

asio::awaitable<tenant_connections::loan> tenant_connections::borrow(std::string tenant_id)
{
    auto c = take_idle(tenant_id);
    if (!c && connections_ >= how_.connections_max) c = co_await wait_for_one();
    if (!c) c = co_await open();
    loan out{*this, std::move(c)};
    if (out->tenant_id == tenant_id) co_return out;

    auto const is_new = out->tenant_id.empty();
    out->tenant_id = tenant_id;
    if (how_.keeps_former_tenant && !is_new) co_return out;
    auto const join =
        "SELECT set_config('app.tenant_id', " + stores::quote_literal(tenant_id) + ", false)";
    // Prepared statements stay: they belong to the client's library, and hold no tenant's data.
    auto sql = is_new ? join : "RESET ALL; " + join;
    auto const joined = co_await out->link.script(std::move(sql), statement_budget);
    if (!joined) {
        out.drop();
        throw store_error{joined.error()};
    }
    co_return out;
}

asio::awaitable<stores::postgres_rows>
tenant_connections::query(std::string tenant_id, std::string sql, sql_values values)
{
    auto const on = co_await borrow(std::move(tenant_id));
    auto rows = co_await on->link.query(std::move(sql), std::move(values), statement_budget);
    if (!rows) throw store_error{rows.error()};
    co_return std::move(*rows);
}

void tenant_connections::give_back(owned c)
{
    if (!c->link.is_open()) {
        c.reset();
        return lose_one();
    }
    if (!waiting_.empty()) return ring_next(std::move(c));
    idle_.push_back(std::move(c));
}

// A place for another connection is free: whoever waits may open it.
void tenant_connections::lose_one()
{
    --connections_;
    if (!waiting_.empty()) ring_next(nullptr);
}

void tenant_connections::ring_next(owned c)
{
    auto const next = std::move(waiting_.front());
    waiting_.pop_front();
    next->given = std::move(c);
    next->rung = true;
    next->bell.cancel();
}

} // namespace watertight::lab::user_integers
