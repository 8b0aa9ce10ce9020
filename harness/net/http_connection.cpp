#include "harness/net/http_connection.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/wait_list.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <optional>
#include <string>

namespace watertight::net {

struct http_connection::state final : http_lane_owner {
    state(asio::any_io_executor core, endpoint where, connection_options options)
        : ended{core}, lane{make_lane(core, std::move(where), std::move(options), *this)}
    {
    }

    // A lane's view lasts no longer than the call: what it shows is kept here.
    void on_answer(http_response_view const& view, steady::time_point at) override
    {
        head = view.head;
        body = view.body;
        trailers = view.trailers;
        auto kept = view;
        kept.head = head;
        kept.body = body;
        kept.trailers = trailers;
        took = at - lane->sent_at();
        outcome.emplace(kept);
        ended.wake_all();
    }

    void on_failure(failure why) override
    {
        outcome.emplace(std::move(why));
        ended.wake_all();
    }

    wait_list ended;
    std::unique_ptr<http_lane> lane;
    std::optional<result<http_response_view>> outcome;
    std::string head;
    std::string body;
    std::string trailers;
    std::chrono::nanoseconds took{};
    bool busy = false;
};

namespace {

// However the exchange ends, by an exception or with its frame too: nothing is left under way.
template <class State>
struct exchange_place {
    explicit exchange_place(State& of) : state{of}
    {
        WT_ASSERT(!state.busy);
        state.busy = true;
        state.outcome.reset();
    }
    exchange_place(exchange_place const&) = delete;
    exchange_place& operator=(exchange_place const&) = delete;
    ~exchange_place()
    {
        state.busy = false;
        if (!state.outcome) state.lane->close();
    }

    State& state;
};

} // namespace

http_connection::http_connection(
    asio::any_io_executor core, endpoint where, connection_options options
)
    : state_{std::make_unique<state>(std::move(core), std::move(where), std::move(options))}
{
}

http_connection::http_connection(http_connection&&) noexcept = default;
http_connection& http_connection::operator=(http_connection&&) noexcept = default;
http_connection::~http_connection() = default;

asio::awaitable<result<http_response_view>>
http_connection::exchange(std::string_view wire, bool is_head, std::chrono::nanoseconds budget)
{
    auto& s = *state_;
    exchange_place const place{s};
    s.lane->start(wire, is_head, steady::now(), deadline_after(budget));
    while (!s.outcome) {
        co_await s.ended.wait();
        auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
        if (!s.outcome && stop != asio::cancellation_type::none) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
    }
    co_return *s.outcome;
}

void http_connection::close() noexcept
{
    state_->lane->close();
    if (!state_->busy || state_->outcome) return;
    state_->on_failure({errc::connection_lost, "the connection was closed", {}});
}

bool http_connection::is_open() const noexcept
{
    return state_->lane->is_open();
}

std::uint64_t http_connection::connects() const noexcept
{
    return state_->lane->connects();
}

std::chrono::nanoseconds http_connection::took() const noexcept
{
    return state_->took;
}

} // namespace watertight::net
