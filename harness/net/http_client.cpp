#include "harness/net/http_client.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/content_coding.hpp"
#include "harness/net/exchange_witness.hpp"
#include "harness/net/wait_list.hpp"
#include "harness/net/watchdog.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <vector>

namespace watertight::net {

struct http_client::state {
    state(
        asio::any_io_executor core_,
        endpoint where_,
        connection_options options_,
        std::size_t connections_max_
    )
        : core{core_},
          where{std::move(where_)},
          options{std::move(options_)},
          connections_max{connections_max_},
          free_places{core_}
    {
        WT_ASSERT(connections_max > 0);
    }

    static asio::awaitable<result<http_response>>
    send(std::shared_ptr<state> self, http_request request, std::chrono::nanoseconds budget);
    static asio::awaitable<result<http_response>>
    send_seen(std::shared_ptr<state> self, http_request request, std::chrono::nanoseconds budget);
    asio::awaitable<bool> take_place(steady::time_point deadline);

    asio::any_io_executor core;
    endpoint where;
    connection_options options;
    std::size_t connections_max;
    std::size_t in_use = 0;
    // The one used last is in front: a burst's extra connections grow cold and are closed by peers.
    std::deque<http_connection> idle;
    wait_list free_places;
};

namespace {

// By thread, as clients are.
exchange_witness& witness_here()
{
    static thread_local exchange_witness here;
    return here;
}

// Hands the place to the one that has waited longest, or frees it.
template <class State>
struct held_place {
    explicit held_place(State& of) : state{of} {}
    held_place(held_place const&) = delete;
    held_place& operator=(held_place const&) = delete;
    ~held_place()
    {
        if (!state.free_places.wake_one()) --state.in_use;
    }

    State& state;
};

} // namespace

// A place that was handed over is taken already; only a new one has to be counted.
asio::awaitable<bool> http_client::state::take_place(steady::time_point deadline)
{
    if (in_use < connections_max) {
        ++in_use;
        co_return true;
    }
    auto const taken = co_await free_places.wait(deadline);
    co_return taken;
}

// The head stays as it came, Content-Encoding and Content-Length included.
static result<http_response> unpacked(http_response_view const& view, std::size_t body_bytes_max)
{
    http_response out{view.status, std::string{view.head}, {}, {}};
    auto const body = decode(view.coding, view.body, out.body, body_bytes_max);
    if (body.has_error()) return body.error();
    if (body->data() != out.body.data()) out.body = *body;
    return out;
}

asio::awaitable<result<http_response>> http_client::state::send(
    std::shared_ptr<state> self, http_request request, std::chrono::nanoseconds budget
)
{
    auto const deadline = deadline_after(budget);
    auto const taken = co_await self->take_place(deadline);
    if (!taken) {
        auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
        if (stop != asio::cancellation_type::none) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
        auto why = fmt::format(
            "no connection to {} became free in time ({} at most)",
            self->where.origin(),
            self->connections_max
        );
        co_return failure{errc::deadline_exceeded, std::move(why), {}};
    }
    held_place const place{*self};
    if (self->idle.empty()) self->idle.emplace_front(self->core, self->where, self->options);
    auto connection = std::move(self->idle.front());
    self->idle.pop_front();

    auto const left = deadline - steady::now();
    auto const view = co_await connection.exchange(request.wire, request.is_head, left);
    if (view.has_error()) co_return view.error();
    auto out = unpacked(*view, self->options.body_bytes_max);
    if (out.has_value()) {
        out->took = connection.took();
    } else {
        out = failure{out.error().code, self->where.origin() + ": " + out.error().message, {}};
    }
    self->idle.push_front(std::move(connection));
    co_return out;
}

asio::awaitable<result<http_response>> http_client::state::send_seen(
    std::shared_ptr<state> self, http_request request, std::chrono::nanoseconds budget
)
{
    auto copy = request;
    auto out = co_await send(self, std::move(copy), budget);
    if (witness_here()) witness_here()(request, out);
    co_return out;
}

void watch_exchanges(exchange_witness w)
{
    witness_here() = std::move(w);
}

http_client::http_client(
    asio::any_io_executor core,
    endpoint where,
    connection_options options,
    std::size_t connections_max
)
    : state_{std::make_shared<state>(core, std::move(where), std::move(options), connections_max)}
{
}

http_client::~http_client() = default;

asio::awaitable<result<http_response>>
http_client::send(http_request request, std::chrono::nanoseconds budget)
{
    if (witness_here()) return state::send_seen(state_, std::move(request), budget);
    return state::send(state_, std::move(request), budget);
}

endpoint const& http_client::where() const noexcept
{
    return state_->where;
}

} // namespace watertight::net
