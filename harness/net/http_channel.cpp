#include "harness/net/http_channel.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/receive_buffer.hpp"

#include <fmt/format.h>

#include <utility>

namespace watertight::net {

// An idle connection that carried something just now need not be asked whether it is still there.
static constexpr std::chrono::nanoseconds surely_alive = std::chrono::microseconds{50};

static bool is_safe(std::string_view wire) noexcept
{
    return wire.starts_with("GET ") || wire.starts_with("HEAD ") || wire.starts_with("OPTIONS ");
}

http_channel::http_channel(
    asio::any_io_executor core, endpoint where, connection_options options, http_lane_owner& owner
)
    : owner_{owner},
      poller_{poller::of(core)},
      stream_{core, std::move(where), options, *this},
      parser_{options.body_bytes_max, receive_buffer(), &recent_heads()}
{
}

http_channel::~http_channel()
{
    close();
}

void http_channel::start(
    std::string_view wire, bool is_head, steady::time_point now, steady::time_point deadline
)
{
    WT_ASSERT(!is_busy_);
    is_busy_ = true;
    poller_.begin_wait();
    wire_ = wire;
    is_head_ = is_head;
    deadline_ = deadline;
    is_safe_ = is_safe(wire);
    is_reused_ = stream_.is_open();
    // What may not be repeated must not be sent to somebody who has hung up.
    if (is_reused_ && !is_safe_ && now - sent_at_ > surely_alive && stream_.is_stale()) {
        stream_.close();
        is_reused_ = false;
    }
    sent_at_ = now;
    if (!is_reused_) return stream_.open(deadline);
    stream_.guard(deadline);
    send_request();
}

void http_channel::close() noexcept
{
    stream_.close();
    if (is_busy_) end_exchange();
}

void http_channel::on_open()
{
    ++connects_;
    sent_at_ = steady::now();
    stream_.guard(deadline_);
    send_request();
}

void http_channel::on_unopened(failure why)
{
    if (steady::now() >= deadline_) {
        why = {errc::deadline_exceeded, stream_.where().origin() + " did not answer in time", {}};
    }
    fail(std::move(why));
}

void http_channel::send_request()
{
    parser_.start(is_head_);
    rest_ = wire_;
    send_rest();
}

// A server may answer and close before it has read everything (413, 431): its answer counts, and a
// connection that takes no more will say so to whoever reads from it.
void http_channel::send_rest()
{
    auto const sent = stream_.write(rest_);
    rest_.remove_prefix(sent.how == transfer::state::done ? sent.bytes : rest_.size());
}

void http_channel::on_writable()
{
    if (is_busy_ && !rest_.empty()) send_rest();
}

void http_channel::on_readable(bool ends)
{
    receive(ends);
}

void http_channel::receive(bool ends)
{
    while (is_busy_) {
        auto const room = parser_.room();
        auto const got = stream_.read(room);
        switch (got.how) {
        case transfer::state::nothing:
            return;
        case transfer::state::broken:
            if (got.code == errc::connection_lost) return lose(got.why);
            return fail({got.code, stream_.where().origin() + ": " + got.why, {}});
        case transfer::state::ended:
            // A body that ends with the connection has ended.
            if (parser_.ended().has_value()) return finish(steady::now());
            return lose("it was closed");
        case transfer::state::done:
            break;
        }
        auto const complete = parser_.received(got.bytes);
        if (complete.has_error()) {
            auto const& error = complete.error();
            return fail({error.code, stream_.where().origin() + ": " + error.message, {}});
        }
        if (*complete) return finish(steady::now());
        // Less than there was room for was all there is; more of it will be told.
        if (got.bytes < room.size() && !ends && !stream_.where().tls) return;
    }
    // Whatever comes while nobody has asked, or the end: the connection is of no more use.
    char byte{};
    auto const idle = stream_.read({&byte, 1});
    if (idle.how != transfer::state::nothing) stream_.close();
}

void http_channel::finish(steady::time_point at)
{
    auto const view = parser_.view();
    if (view.closes) stream_.close();
    end_exchange();
    owner_.on_answer(view, at);
}

// What ended an exchange on an open connection.
void http_channel::lose(std::string_view why)
{
    bool const unanswered = parser_.bytes_received() == 0;
    if (std::exchange(is_reused_, false) && is_safe_ && unanswered) {
        stream_.close();
        return stream_.open(deadline_);
    }
    fail(
        {errc::connection_lost,
         fmt::format(
             "the connection to {} broke after {} bytes of the response: {}",
             stream_.where().origin(),
             parser_.bytes_received(),
             why
         ),
         {}}
    );
}

void http_channel::on_expiry()
{
    if (!is_busy_) return;
    fail({errc::deadline_exceeded, stream_.where().origin() + " did not answer in time", {}});
}

void http_channel::fail(failure why)
{
    stream_.close();
    end_exchange();
    owner_.on_failure(std::move(why));
}

void http_channel::end_exchange() noexcept
{
    is_busy_ = false;
    stream_.unguard();
    poller_.end_wait();
}

} // namespace watertight::net
