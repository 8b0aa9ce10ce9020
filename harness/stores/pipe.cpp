#include "harness/stores/pipe.hpp"

#include "harness/base/assert.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace watertight::stores {

static constexpr std::size_t queue_size_first = 16;
// Answers that nobody waits for hold up those behind them; beyond so many a fresh start is quicker.
static constexpr std::size_t forsaken_max = 64;
// A store that is down must not be asked for a connection with every request.
static constexpr std::chrono::nanoseconds pause_after_failure = std::chrono::milliseconds{100};

link::link(asio::any_io_executor const& core, bool is_shared)
    : core_{core}, poller_{net::poller::of(core)}, is_shared_{is_shared}, queue_{queue_size_first}
{
}

// What the derived class holds, it has closed by now.
link::~link()
{
    if (phase_ == phase::connecting) poller_.end_wait();
}

void link::open(steady::time_point deadline, opened_call tell)
{
    WT_ASSERT(phase_ == phase::fresh);
    tell_ = std::move(tell);
    phase_ = phase::connecting;
    poller_.begin_wait();
    connect(deadline);
}

void link::carry(pipe_lane& from, std::string_view request)
{
    if (queue_.full()) queue_.set_capacity(2 * queue_.capacity());
    queue_.push_back({&from, request});
    if (phase_ == phase::open) send(request);
}

void link::leave(pipe_lane const& from, bool is_stuck) noexcept
{
    auto const mine = std::ranges::find(queue_, &from, &waiting::from);
    if (mine == queue_.end()) return;
    if (phase_ == phase::connecting) {
        queue_.erase(mine);
        return;
    }
    mine->from = nullptr;
    ++forsaken_;
    if (is_stuck || !is_shared_) is_stuck_ = true;
    if (is_stuck_ && !has_owners()) end();
}

bool link::takes_more() const noexcept
{
    return (phase_ == phase::connecting || phase_ == phase::open) && !is_stuck_ &&
           forsaken_ <= forsaken_max;
}

bool link::has_owners() const noexcept
{
    return std::ranges::any_of(queue_, [](waiting const& w) { return w.from != nullptr; });
}

void link::tell_opened(result<void> how)
{
    if (auto const tell = std::exchange(tell_, {})) tell(std::move(how));
}

void link::opened()
{
    phase_ = phase::open;
    was_open_ = true;
    poller_.end_wait();
    tell_opened({});
    // Whoever comes along while these are sent is behind them.
    auto const n = queue_.size();
    for (std::size_t i = 0; i < n && phase_ == phase::open; ++i) send(queue_[i].request);
}

bool link::answered(store_answer const& answer)
{
    WT_ASSERT(!queue_.empty());
    auto const first = queue_.front();
    queue_.pop_front();
    if (first.from == nullptr) {
        --forsaken_;
    } else {
        first.from->take(answer, steady::now());
    }
    if (phase_ == phase::open && is_stuck_ && !has_owners()) end();
    return phase_ == phase::open;
}

void link::end() noexcept
{
    if (phase_ == phase::ended) return;
    if (phase_ == phase::connecting) poller_.end_wait();
    phase_ = phase::ended;
    ended_at_ = steady::now();
    shut();
}

void link::broken(failure why)
{
    if (phase_ == phase::ended) return;
    if (phase_ == phase::connecting) unopened_ = why;
    end();
    tell_opened(why);
    // The owners' next operations are none of this link's.
    while (!queue_.empty()) {
        auto const first = queue_.front();
        queue_.pop_front();
        if (first.from != nullptr) first.from->fail(why);
    }
}

void link::broken_soon(failure why)
{
    auto tell = [there = weak_from_this(), why = std::move(why)] {
        if (auto const self = there.lock()) self->broken(why);
    };
    asio::post(core_, std::move(tell));
}

std::shared_ptr<link> pipe::link_for(steady::time_point now, steady::time_point deadline)
{
    if (last_ && last_->takes_more()) return last_;
    bool const pauses = last_ && last_->unopened() && now - last_->ended_at() < pause_after_failure;
    if (pauses) return nullptr;
    drop();
    last_ = make_();
    last_->open(deadline);
    return last_;
}

void pipe::drop() noexcept
{
    if (last_ && last_->was_open()) ++earlier_connects_;
    last_.reset();
}

std::uint64_t pipe::connects() const noexcept
{
    return earlier_connects_ + (last_ && last_->was_open() ? 1 : 0);
}

pipe_lane::pipe_lane(
    asio::any_io_executor const& core, std::shared_ptr<pipe> of, bool is_alone, lane_owner& owner
)
    : poller_{net::poller::of(core)},
      pipe_{std::move(of)},
      owner_{owner},
      watch_{core, [this] { on_expiry(); }},
      is_alone_{is_alone}
{
}

pipe_lane::~pipe_lane()
{
    close();
}

void pipe_lane::start(
    std::string_view request,
    steady::time_point now,
    steady::time_point deadline,
    std::chrono::nanoseconds patience
)
{
    WT_ASSERT(!is_busy_);
    is_busy_ = true;
    poller_.begin_wait();
    patient_until_ = now + patience;
    link_ = pipe_->link_for(now, patient_until_);
    // Nobody is told from within their own call: the loop does it at once.
    watch_.arm(link_ ? deadline : now);
    if (link_) link_->carry(*this, request);
}

void pipe_lane::close() noexcept
{
    if (is_busy_) {
        auto const on = std::exchange(link_, nullptr);
        end();
        if (on) on->leave(*this, false);
    }
    if (is_alone_) pipe_->drop();
}

void pipe_lane::end() noexcept
{
    is_busy_ = false;
    watch_.disarm();
    poller_.end_wait();
}

void pipe_lane::take(store_answer const& answer, steady::time_point at)
{
    link_.reset();
    end();
    owner_.on_answer(answer, at);
}

void pipe_lane::fail(failure why)
{
    link_.reset();
    end();
    owner_.on_failure(std::move(why));
}

void pipe_lane::on_expiry()
{
    if (!is_busy_) return;
    auto const on = std::exchange(link_, nullptr);
    if (!on) return fail(pipe_->last_failure());
    on->leave(*this, steady::now() >= patient_until_);
    fail({errc::deadline_exceeded, "the store did not answer in time", {}});
}

} // namespace watertight::stores
