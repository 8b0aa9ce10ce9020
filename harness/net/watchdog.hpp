#pragma once

#include "harness/base/clock.hpp"
#include "harness/net/asio.hpp"

#include <functional>
#include <memory>

namespace watertight::net {

/// One deadline at a time for the operations of one connection, cheap to set anew for each.
///
/// A timer that is already waiting is left alone and looks at the deadline when it fires, so that
/// setting a later deadline costs no timer operation. The price: a loop whose `run()` waits for the
/// last piece of work may wait for the longest deadline that was set, unless the watchdog dies
/// first. Lives on one core.
class watchdog {
public:
    /// @param on_expiry  called on the loop once the deadline passes; must make the operations that
    ///                   it guards end (close a socket, cancel a wait). It owns nothing.
    watchdog(asio::any_io_executor core, std::function<void()> on_expiry);
    watchdog(watchdog const&) = delete;
    watchdog& operator=(watchdog const&) = delete;
    ~watchdog();

    /// Forgets an earlier expiry and watches until `deadline`.
    void arm(steady::time_point deadline);
    void disarm() noexcept;
    /// True if the deadline passed since it was last armed.
    bool expired() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

/// `now + budget`, or the end of time if that is beyond it.
steady::time_point deadline_after(std::chrono::nanoseconds budget) noexcept;

} // namespace watertight::net
