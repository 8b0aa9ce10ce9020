#pragma once

#include "harness/tenants/bench.hpp"

#include <vector>

namespace watertight::tenants {

/// Makes one drafted tenant as the plan says, then its users, and logs them in. The tenant ends
/// `ready` or `failed`. Cancellation leaves it `creating`, in the journal.
asio::awaitable<std::vector<provisioning_failure>> make_tenant(bench& b, target::tenant& t);

} // namespace watertight::tenants
