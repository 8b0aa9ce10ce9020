#pragma once

#include "harness/net/asio.hpp"
#include "harness/tenants/journal.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <list>
#include <vector>

namespace watertight::tenants {

/// Lets one coroutine through at a time, on one core.
class turnstile {
public:
    asio::awaitable<void> enter();
    void leave() noexcept;

private:
    bool taken_ = false;
    std::list<asio::steady_timer*> waiting_;
};

/// Holds a turnstile that was entered, for a scope.
class passage {
public:
    explicit passage(turnstile& gate) noexcept : gate_{gate} {}
    passage(passage const&) = delete;
    passage& operator=(passage const&) = delete;
    ~passage() { gate_.leave(); }

private:
    turnstile& gate_;
};

/// Journals the intents of many coroutines of one core with as few flushes as it can: those who
/// ask while others ask share one.
class intent_queue {
public:
    explicit intent_queue(journal& log) : log_{log} {}

    /// Returns after the line is on disk.
    asio::awaitable<void> intend(journal_entry e);

private:
    journal& log_;
    turnstile gate_;
    std::vector<journal_entry> pending_;
    std::uint64_t asked_ = 0;
    std::uint64_t written_ = 0;
};

} // namespace watertight::tenants
