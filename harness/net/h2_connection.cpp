#include "harness/net/h2_connection.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/receive_buffer.hpp"
#include "harness/net/watchdog.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace watertight::net {

/// One request at a time on the shared connection.
class h2_connection::lane final : public http_lane {
public:
    lane(std::shared_ptr<h2_connection> on, http_lane_owner& owner)
        : on_{std::move(on)}, owner_{owner}, watch_{on_->core_, [this] { expire(); }}
    {
    }
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;
    ~lane() override { close(); }

    void
    start(std::string_view wire, bool, steady::time_point now, steady::time_point deadline) override
    {
        WT_ASSERT(!is_busy);
        is_busy = true;
        was_repeated = false;
        request = wire;
        sent_at_ = now;
        on_->poller_.begin_wait();
        watch_.arm(deadline);
        if (on_->enter(*this, deadline)) ++connects_;
    }

    void close() noexcept override
    {
        if (!is_busy) return;
        on_->leave(*this);
        end();
    }

    bool is_open() const noexcept override { return on_->stream_.is_open(); }
    std::uint64_t connects() const noexcept override { return connects_; }
    steady::time_point sent_at() const noexcept override { return sent_at_; }

    /// A connection is made anew on its behalf.
    void note_connect() noexcept { ++connects_; }

    void answer(http_response_view const& view)
    {
        end();
        owner_.on_answer(view, steady::now());
    }

    void fail(failure const& why)
    {
        end();
        owner_.on_failure(why);
    }

    // Nobody is told from within their own call.
    void fail_soon(failure why)
    {
        fault_ = std::move(why);
        watch_.arm(steady::now());
    }

    std::string_view request;
    std::uint64_t tag = 0;
    std::int32_t stream_id = 0;
    bool is_busy = false;
    /// What the server has certainly not processed may be sent again, once.
    bool was_repeated = false;

private:
    void end() noexcept
    {
        is_busy = false;
        watch_.disarm();
        on_->poller_.end_wait();
    }

    void expire()
    {
        if (!is_busy) return;
        auto const keeps = on_;
        if (fault_) return fail(*std::exchange(fault_, std::nullopt));
        on_->leave(*this);
        fail(
            {errc::deadline_exceeded, on_->stream_.where().origin() + " did not answer in time", {}}
        );
    }

    std::shared_ptr<h2_connection> on_;
    http_lane_owner& owner_;
    watchdog watch_;
    std::optional<failure> fault_;
    steady::time_point sent_at_;
    std::uint64_t connects_ = 0;
};

static connection_options offering_h2(connection_options options)
{
    options.tls.alpn = {"h2"};
    return options;
}

h2_connection::h2_connection(asio::any_io_executor core, endpoint where, connection_options options)
    : core_{std::move(core)},
      poller_{poller::of(core_)},
      options_{offering_h2(std::move(options))},
      stream_{core_, std::move(where), options_, *this}
{
}

h2_connection::~h2_connection() = default;

std::unique_ptr<http_lane> h2_connection::add_lane(http_lane_owner& owner)
{
    return std::make_unique<lane>(shared_from_this(), owner);
}

bool h2_connection::enter(lane& who, steady::time_point deadline)
{
    waiting_.push_back(&who);
    if (stream_.is_open()) {
        submit_waiting();
        return false;
    }
    if (!stream_.is_closed()) return false;
    stream_.open(deadline);
    return true;
}

void h2_connection::leave(lane& who) noexcept
{
    std::erase(waiting_, &who);
    auto const at = under_way_.find(who.tag);
    if (at == under_way_.end() || at->second != &who) return;
    under_way_.erase(at);
    if (!session_) return;
    session_->cancel(who.stream_id);
    flush_soon();
}

void h2_connection::on_open()
{
    auto const keeps = shared_from_this();
    if (stream_.where().tls && stream_.alpn() != "h2") {
        return end(
            {errc::unreachable,
             fmt::format("{} does not speak HTTP/2", stream_.where().origin()),
             {}}
        );
    }
    h2_options const limits{.tls = stream_.where().tls, .body_bytes_max = options_.body_bytes_max};
    h2_events& events = *this;
    session_.emplace(limits, events);
    is_draining_ = false;
    has_answered_ = false;
    submit_waiting();
    flush();
}

void h2_connection::on_unopened(failure why)
{
    auto const keeps = shared_from_this();
    end(why);
}

// A connection that takes no more requests is used up first, then made anew.
void h2_connection::submit_waiting()
{
    while (!waiting_.empty() && session_ && !is_draining_) {
        auto& next = *waiting_.front();
        waiting_.pop_front();
        next.tag = ++last_tag_;
        auto const stream_id = session_->submit(next.request, next.tag);
        if (stream_id.has_error()) {
            next.fail_soon(stream_id.error());
            continue;
        }
        next.stream_id = *stream_id;
        under_way_.emplace(next.tag, &next);
    }
    flush_soon();
}

void h2_connection::answered(std::uint64_t tag, http_response_view const& response)
{
    auto const at = under_way_.find(tag);
    if (at == under_way_.end()) return;
    auto& who = *at->second;
    under_way_.erase(at);
    has_answered_ = true;
    who.answer(response);
}

void h2_connection::broke(std::uint64_t tag, failure const& why)
{
    auto const at = under_way_.find(tag);
    if (at == under_way_.end()) return;
    auto& who = *at->second;
    under_way_.erase(at);
    // A server that takes a few requests a connection is asked for the rest on the next ones.
    bool const may_repeat = has_answered_ || !std::exchange(who.was_repeated, true);
    if (why.code == errc::unreachable && may_repeat) {
        waiting_.push_back(&who);
        return;
    }
    who.fail(why);
}

void h2_connection::on_readable(bool)
{
    auto const keeps = shared_from_this();
    auto const buffer = receive_buffer();
    while (session_) {
        auto const got = stream_.read(buffer);
        if (got.how == transfer::state::nothing) break;
        if (got.how != transfer::state::done) {
            return end(
                {errc::connection_lost,
                 fmt::format(
                     "the connection to {} broke: {}",
                     stream_.where().origin(),
                     got.how == transfer::state::ended ? "it was closed" : got.why
                 ),
                 {}}
            );
        }
        is_in_session_ = true;
        auto const taken = session_->received(buffer.first(got.bytes));
        is_in_session_ = false;
        if (taken.has_error()) {
            flush();
            return end(taken.error());
        }
    }
    bool const is_used_up =
        session_ && (session_->is_done() || (is_draining_ && session_->in_flight() == 0));
    if (is_used_up) return end({errc::unreachable, "the server has closed the connection", {}});
    submit_waiting();
    flush();
}

// Everything that is still under way breaks; what waits gets a new connection.
void h2_connection::end(failure const& why)
{
    bool const was_open = stream_.is_open();
    stream_.close();
    if (session_) {
        is_in_session_ = true;
        session_->closed(why);
        is_in_session_ = false;
        session_.reset();
    }
    // After a connection that never came to be there is no sense in another try.
    if (!was_open || why.code == errc::malformed) {
        for (auto* const who : std::exchange(waiting_, {})) who->fail(why);
        return;
    }
    if (waiting_.empty() || !stream_.is_closed()) return;
    waiting_.front()->note_connect();
    stream_.open(deadline_after(options_.connect_timeout));
}

void h2_connection::on_writable()
{
    auto const keeps = shared_from_this();
    flush();
}

// Many lanes have something to say in one turn of the loop; it leaves in one write.
void h2_connection::flush_soon()
{
    if (is_in_session_ || std::exchange(will_flush_, true)) return;
    auto later = [there = weak_from_this()] {
        if (auto const self = there.lock()) {
            self->will_flush_ = false;
            self->flush();
        }
    };
    asio::post(core_, std::move(later));
}

void h2_connection::flush()
{
    while (session_ && stream_.is_open()) {
        is_in_session_ = true;
        auto const bytes = session_->pending();
        is_in_session_ = false;
        if (bytes.empty()) return;
        auto const sent = stream_.write(bytes);
        // A connection that takes no more will say so to whoever reads from it.
        if (sent.how != transfer::state::done) return;
        session_->sent(sent.bytes);
        if (sent.bytes < bytes.size()) return;
    }
}

} // namespace watertight::net
