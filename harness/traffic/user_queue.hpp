#pragma once

#include "harness/base/clock.hpp"
#include "harness/traffic/slot_pool.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <queue>
#include <vector>

namespace watertight::traffic {

/// The users of a closed loop who are not being served: those that think, by when they have
/// finished, those that wait for a connection, in order, and those that do neither. Without I/O and
/// clock; a user costs a few dozen bytes.
class user_queue {
public:
    explicit user_queue(std::size_t users) : bound_(users), left_{users} {}

    std::size_t size() const noexcept { return bound_.size(); }
    /// Whom the user stays for the whole phase; nothing where it is drawn for each request.
    std::optional<slot_pool::user>& bound(std::size_t user) { return bound_[user]; }

    void think(std::size_t user, steady::time_point until) { thinking_.push({until, user}); }
    std::optional<steady::time_point> next_due() const
    {
        return thinking_.empty() ? std::nullopt : std::optional{thinking_.top().until};
    }
    /// A user who has finished thinking, if there is one.
    std::optional<std::size_t> take_due(steady::time_point now)
    {
        if (thinking_.empty() || thinking_.top().until > now) return std::nullopt;
        auto const user = thinking_.top().user;
        thinking_.pop();
        return user;
    }

    /// To be served as soon as there is time.
    void hurry(std::size_t user) { hurried_.push_back(user); }
    std::optional<std::size_t> take_hurried()
    {
        if (hurried_.empty()) return std::nullopt;
        auto const user = hurried_.front();
        hurried_.pop_front();
        return user;
    }

    void wait(std::size_t user, steady::time_point since) { waiting_.push_back({since, user}); }
    struct waiter {
        steady::time_point since;
        std::size_t user = 0;
    };
    bool has_waiting() const noexcept { return !waiting_.empty(); }
    std::optional<waiter> take_waiting()
    {
        if (waiting_.empty()) return std::nullopt;
        auto const first = waiting_.front();
        waiting_.pop_front();
        return first;
    }

    /// The user has left for good. @return true if it was the last one.
    bool retire() noexcept { return --left_ == 0; }
    std::size_t left() const noexcept { return left_; }

private:
    struct thinker {
        steady::time_point until;
        std::size_t user = 0;

        bool operator>(thinker const& other) const noexcept { return until > other.until; }
    };

    std::vector<std::optional<slot_pool::user>> bound_;
    std::priority_queue<thinker, std::vector<thinker>, std::greater<>> thinking_;
    std::deque<waiter> waiting_;
    std::deque<std::size_t> hurried_;
    std::size_t left_;
};

} // namespace watertight::traffic
