#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probe {

/// A throw-away tenant, or why there is none.
struct guest {
    target::tenant* tenant = nullptr;
    std::string failure{};
};

/// Whether the scenario can make tenants for probes that use theirs up.
bool takes_guests(context& ctx);

/// Whether the run makes its tenants: by a creation of theirs, or as users who sign up.
bool makes_tenants(context& ctx);

/// Makes a tenant of this shape, with one user of the role that makes up the number, and sends
/// what prepares it.
asio::awaitable<guest> invite(context& ctx, target::tenant_shape const& shape);
asio::awaitable<void> dismiss(context& ctx, target::tenant& t);

/// Sends the operation in the name of the tenant's user of its role, with a canary of its own, and
/// does not wait where the target answers 429.
asio::awaitable<exchange> send_once(context& ctx, target::operation const& op, target::actor& who);

/// One creation as it was answered, and the object if one was made. It is known to clean-up.
struct creation {
    exchange answer{};
    target::object* object = nullptr;
};

/// Sends one creation and does not wait where the target answers 429.
asio::awaitable<creation> create_once(context& ctx, target::resource const& r, target::actor& by);

/// What objects of `r` live under or refer to, one each, where the tenant has none.
asio::awaitable<void> ensure_parents(context& ctx, target::resource const& r, target::actor& by);

} // namespace watertight::probe
