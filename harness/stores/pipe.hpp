#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/error.hpp"
#include "harness/net/poller.hpp"
#include "harness/net/watchdog.hpp"

#include <boost/circular_buffer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace watertight::stores {

/// What a store said to one operation. Valid during the call that brings it.
struct store_answer {
    /// Every value of the answer, rows apart by line feeds, values within a row by tabs. Of a
    /// refusal, all that the store said about it.
    std::string_view text{};
    /// Empty if the operation was done; else the SQLSTATE or the first word of Redis's error.
    std::string_view refusal{};
};

/// Who has started an operation and is told how that ended: once, by the loop, never from within
/// `start`.
class lane_owner {
public:
    /// @param at  when the last byte was there.
    virtual void on_answer(store_answer const& answer, steady::time_point at) = 0;
    /// `unreachable`, `unauthorised`, `rejected` (all of these: no connection, and why),
    /// `deadline_exceeded`, `connection_lost` or `malformed`, with a sentence.
    virtual void on_failure(failure why) = 0;

protected:
    ~lane_owner() = default;
};

class pipe_lane;

/// One connection to a store. Carries operations in order, one behind the other without waiting for
/// answers; sans protocol, which is the derived class's.
///
/// An operation is a text of fields, each ended by a NUL; what the fields are, the derived class
/// says. Lives on one core, calls back instead of suspending anything, and ends with its last
/// holder: those who call its owners hold it meanwhile.
class link : public std::enable_shared_from_this<link> {
public:
    link(asio::any_io_executor const& core, bool is_shared);
    link(link const&) = delete;
    link& operator=(link const&) = delete;
    virtual ~link();

    using opened_call = std::function<void(result<void>)>;
    /// Begins to connect. @param tell  is called once, later, unless the link goes before; may be
    /// empty.
    void open(steady::time_point deadline, opened_call tell = {});

    /// Takes an operation along, now or once it is open. @param request  stays where it is until
    /// the operation has ended.
    void carry(pipe_lane& from, std::string_view request);
    /// Nobody waits for this lane's answer any more. @param is_stuck  the store has had all the
    /// time that there was, so that what follows would only wait behind it.
    void leave(pipe_lane const& from, bool is_stuck) noexcept;

    bool is_open() const noexcept { return phase_ == phase::open && !is_stuck_; }
    /// Open or on its way there, and fit for one more operation.
    bool takes_more() const noexcept;
    /// Once it could not be opened, or broke before anything could be carried.
    std::optional<failure> const& unopened() const noexcept { return unopened_; }
    steady::time_point ended_at() const noexcept { return ended_at_; }
    bool was_open() const noexcept { return was_open_; }

protected:
    /// Begin to connect: ends with opened() or broken().
    virtual void connect(steady::time_point deadline) = 0;
    virtual void send(std::string_view request) = 0;
    virtual void shut() noexcept = 0;

    void opened();
    /// The answer to the operation that was sent first.
    /// @return false if the link is of no more use.
    bool answered(store_answer const& answer);
    void broken(failure why);
    /// The same by the loop: nobody is told from within their own call.
    void broken_soon(failure why);
    /// Operations that were sent and not answered.
    bool awaits_answers() const noexcept { return phase_ == phase::open && !queue_.empty(); }
    bool is_ended() const noexcept { return phase_ == phase::ended; }
    asio::any_io_executor const& core() const noexcept { return core_; }
    net::poller& poller() noexcept { return poller_; }

private:
    enum class phase { fresh, connecting, open, ended };
    struct waiting {
        /// Null if nobody waits any more.
        pipe_lane* from = nullptr;
        std::string_view request;
    };

    void end() noexcept;
    bool has_owners() const noexcept;
    void tell_opened(result<void> how);

    asio::any_io_executor core_;
    net::poller& poller_;
    bool is_shared_;
    phase phase_ = phase::fresh;
    bool is_stuck_ = false;
    bool was_open_ = false;
    std::size_t forsaken_ = 0;
    boost::circular_buffer<waiting> queue_;
    std::optional<failure> unopened_;
    steady::time_point ended_at_{};
    opened_call tell_;
};

/// Makes links to one store and keeps the one that is in use: what breaks is made anew, after a
/// pause if it could not be opened at all. Shared by the lanes whose operations it pipelines.
class pipe {
public:
    using maker = std::function<std::shared_ptr<link>()>;

    explicit pipe(maker make) : make_{std::move(make)} {}

    /// Null while there is no sense in trying: last_failure() says why.
    std::shared_ptr<link> link_for(steady::time_point now, steady::time_point deadline);
    failure const& last_failure() const noexcept { return *last_->unopened(); }
    void drop() noexcept;

    bool is_open() const noexcept { return last_ && last_->is_open(); }
    std::uint64_t connects() const noexcept;

private:
    maker make_;
    std::shared_ptr<link> last_;
    std::uint64_t earlier_connects_ = 0;
};

/// Carries one operation at a time to a store and brings the answer.
class pipe_lane {
public:
    /// @param is_alone  no other lane uses the pipe: it is dropped with what is under way.
    pipe_lane(
        asio::any_io_executor const& core,
        std::shared_ptr<pipe> of,
        bool is_alone,
        lane_owner& owner
    );
    pipe_lane(pipe_lane const&) = delete;
    pipe_lane& operator=(pipe_lane const&) = delete;
    ~pipe_lane();

    /// @param request   stays where it is until the operation has ended.
    /// @param patience  how long the store may be silent before its connection is given up; the
    ///                  deadline may be earlier.
    /// @pre no operation is under way.
    void start(
        std::string_view request,
        steady::time_point now,
        steady::time_point deadline,
        std::chrono::nanoseconds patience
    );
    /// Ends what is under way without telling the owner; an answer on its way is lost.
    void close() noexcept;

    bool is_open() const noexcept { return pipe_->is_open(); }
    pipe const& carrier() const noexcept { return *pipe_; }

private:
    friend class link;
    void take(store_answer const& answer, steady::time_point at);
    void fail(failure why);
    void on_expiry();
    void end() noexcept;

    net::poller& poller_;
    std::shared_ptr<pipe> pipe_;
    std::shared_ptr<link> link_;
    lane_owner& owner_;
    net::watchdog watch_;
    steady::time_point patient_until_{};
    bool is_alone_;
    bool is_busy_ = false;
};

} // namespace watertight::stores
