#pragma once

#include "harness/probe/targets.hpp"

#include <string>
#include <vector>

namespace watertight::probe {

/// Somebody who may try an operation: a tenant's user of some role, or nobody in particular.
struct role {
    /// "owner", "anonymous".
    std::string name{};
    /// Null: no credentials at all.
    target::actor* who = nullptr;
};

/// The roles of the tenant's users, each by its first user, in the scenario's order; then
/// anonymous.
std::vector<role> roles_of(context& ctx, tenant_index t);

/// Sends `op` as the tenant would, but with the credentials of `by`, whatever `as` the scenario
/// gives it. The exchange names the role as its sender.
asio::awaitable<exchange> send_as(
    context& ctx, target::operation const& op, tenant_index t, role by, request_options options
);

/// A copy of a user with the session that a log-in in another tenant's name brought.
struct visitor {
    target::actor who{};
    /// The log-in: success means that a session was opened.
    exchange log_in{};
    /// The headers by which the visitor acts there; empty without a session.
    target::header_list credentials{};
};

/// Logs `who` in by the scenario's recipe, with the user's own name and secret, but in the name of
/// the tenant `where`. The user's own session stays as it is.
asio::awaitable<visitor> log_in_at(context& ctx, target::actor const& who, tenant_index where);

/// Whether the log-in in the tenant's name says the same of both: the account of somebody who
/// belongs to two tenants.
bool is_same_account(
    context& ctx, target::actor const& one, target::actor const& other, tenant_index where
);

/// Keeps what the operation captures from the answer with the user: a renewed token, say.
void keep_captures(target::operation const& op, exchange const& answer, target::actor& who);

/// The headers by which such a copy acts in the tenant's name; none where something is missing.
target::header_list
credentials_of_visitor(context& ctx, target::actor const& who, tenant_index where);

/// The headers by which the role acts; none for anonymous.
asio::awaitable<result<target::header_list>> credentials_as(context& ctx, role by);

/// Waits.
asio::awaitable<void> pause(std::chrono::milliseconds time);

} // namespace watertight::probe
