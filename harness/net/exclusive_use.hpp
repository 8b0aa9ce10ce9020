#pragma once

#include "harness/base/assert.hpp"

namespace watertight::net {

/// One exchange on a connection: no other may begin before it ends, and if it ends in any way but
/// `finished`, by an exception or cancellation too, nothing is left that a late answer could reach.
///
/// `Connection` has the flag `busy`, the watchdog `watch`, and `abandon()`.
template <class Connection>
class exclusive_use {
public:
    explicit exclusive_use(Connection& connection) : connection_{connection}
    {
        WT_ASSERT(!connection.busy);
        connection.busy = true;
    }
    exclusive_use(exclusive_use const&) = delete;
    exclusive_use& operator=(exclusive_use const&) = delete;
    ~exclusive_use()
    {
        connection_.watch.disarm();
        connection_.busy = false;
        if (!finished) connection_.abandon();
    }

    bool finished = false;

private:
    Connection& connection_;
};

} // namespace watertight::net
