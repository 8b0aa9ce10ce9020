#pragma once

#include "harness/tenants/provision.hpp"

namespace watertight::tenants {

/// What a job makes is there when it has ended: where a read of `r` tells that by `poll`, looks
/// again and again, as the object's creator, until it has or the read's `within` is over.
asio::awaitable<void>
await_job(workshop& w, target::resource const& r, target::object const& ordered);

} // namespace watertight::tenants
