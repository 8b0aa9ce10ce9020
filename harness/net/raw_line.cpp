#include "harness/net/raw_line.hpp"

#include "harness/net/poller.hpp"
#include "harness/net/stream.hpp"
#include "harness/net/wait_list.hpp"

#include <array>
#include <optional>
#include <utility>

namespace watertight::net {

static constexpr std::size_t received_max = 4U << 20;

struct raw_line::state final : stream_owner {
    state(asio::any_io_executor core, endpoint where, connection_options options)
        : news{core},
          sockets{poller::of(core)},
          link{core, std::move(where), std::move(options), *this}
    {
    }
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() { stop_waiting(); }

    void on_open() override
    {
        is_open = true;
        // Whatever comes, comes when it likes.
        sockets.begin_wait();
        is_awaited = true;
        flush();
        news.wake_all();
    }

    void on_unopened(failure why) override
    {
        problem = std::move(why);
        end();
    }

    void on_readable(bool) override
    {
        std::array<char, 16'384> buffer{};
        while (true) {
            auto const got = link.read(buffer);
            if (got.how == transfer::state::nothing) break;
            received.append(buffer.data(), got.bytes);
            auto const is_over = got.how != transfer::state::done || received.size() > received_max;
            if (is_over) return end();
        }
        news.wake_all();
    }

    void on_writable() override { flush(); }
    void on_expiry() override {}

    void flush()
    {
        if (!is_open || unsent.empty()) return;
        auto const sent = link.write(unsent);
        unsent.erase(0, sent.bytes);
        if (sent.how == transfer::state::broken || sent.how == transfer::state::ended) end();
    }

    void stop_waiting() noexcept
    {
        if (std::exchange(is_awaited, false)) sockets.end_wait();
    }

    void end()
    {
        stop_waiting();
        has_ended = true;
        is_open = false;
        link.close();
        news.wake_all();
    }

    wait_list news;
    std::string received;
    std::string unsent;
    std::optional<failure> problem;
    std::size_t seen = 0;
    bool is_open = false;
    bool has_ended = false;
    bool is_awaited = false;
    poller& sockets;
    stream link;
};

// Only what its peer speaks: no other protocol is agreed on.
static connection_options plain_http(connection_options options)
{
    options.tls.alpn.clear();
    return options;
}

raw_line::raw_line(asio::any_io_executor core, endpoint where, connection_options options)
    : state_{std::make_unique<state>(
          std::move(core), std::move(where), plain_http(std::move(options))
      )}
{
}

raw_line::raw_line(raw_line&&) noexcept = default;
raw_line& raw_line::operator=(raw_line&&) noexcept = default;
raw_line::~raw_line() = default;

asio::awaitable<result<void>> raw_line::open(std::string bytes, steady::time_point deadline)
{
    auto& s = *state_;
    s.unsent = std::move(bytes);
    s.link.open(deadline);
    while (!s.is_open && !s.has_ended) {
        auto const woken = co_await s.news.wait(deadline);
        if (!woken) break;
    }
    if (s.problem) co_return *s.problem;
    if (!s.is_open && !s.has_ended) {
        auto why = s.link.where().origin() + ": no connection in time";
        co_return failure{errc::unreachable, std::move(why), {}};
    }
    co_return result<void>{};
}

void raw_line::send(std::string_view bytes)
{
    state_->unsent += bytes;
    state_->flush();
}

asio::awaitable<bool> raw_line::more(steady::time_point deadline)
{
    auto& s = *state_;
    while (s.seen == s.received.size() && !s.has_ended) {
        auto const woken = co_await s.news.wait(deadline);
        if (!woken) break;
    }
    auto const is_more = s.received.size() > s.seen;
    s.seen = s.received.size();
    co_return is_more;
}

std::string const& raw_line::received() const noexcept
{
    return state_->received;
}

bool raw_line::has_ended() const noexcept
{
    return state_->has_ended;
}

} // namespace watertight::net
