#pragma once

#include "harness/probe/targets.hpp"
#include "harness/target/fields.hpp"

#include <functional>

namespace watertight::probe {

/// Sends `op` with the victim's ids and path slots, but the intruder's own identity and
/// credentials.
asio::awaitable<exchange> send_as_intruder(
    context& ctx, target::operation const& op, tenant_pair pair, request_options options
);

/// From where an intruder reaches for a victim's object: by the victim's path; by the victim's id
/// under the intruder's own path; for what lives under another object, under one of its own; and,
/// where there is a third, with the victim's parent under the intruder's grandparent.
enum class approach { victims_path, own_path, own_first_name, own_parent, own_grandparent };

/// Those that differ for this operation; the victim's path always.
std::vector<approach> approaches(target::operation const& op);

/// What a finding says of it: "by the victim's path", "under its own path".
std::string_view describe(approach way);

/// Sends `op` for the victim's object of `options`, from where `way` says; where the target fails,
/// twice more, in turn with an object that does not exist (`exchange::fails_as_for_absent`). Not
/// answered, with a failure that says so, if the intruder has no such parent of its own.
asio::awaitable<exchange>
reach(context& ctx, target_operation what, tenant_pair pair, approach way, request_options options);

/// Whether the tenant has, or had, an object of this resource with the same id: ids that count from
/// 1 in every tenant mean the asker's own object, so that an answer proves nothing.
bool has_same_id(context& ctx, tenant_index t, target::object const& o);

/// Whether ids of this resource are seen to repeat: they count anew in every tenant, or in every
/// parent. Then one that a tenant is not known to have may be its own all the same.
bool ids_repeat(context& ctx, target::resource const& r);

/// Whether ids of the resource can clash between tenants: short numbers, or a clash that is known.
bool ids_may_clash(context& ctx, target::resource const& r);

/// Like `pick_object`, but one whose id the intruder does not have, if there is any.
target::object const*
pick_foreign(context& ctx, tenant_pair pair, target::resource const& r, std::size_t turn);

/// A new object of the victim whose id the intruder does not have; a few more are made if the
/// first ones have it, and the last is taken as it is.
asio::awaitable<result<target::object*>>
create_foreign(context& ctx, target::resource const& r, tenant_pair pair);

/// An object of a victim's, and whether it was made for the purpose: whoever asked for it discards
/// it.
struct strange_object {
    target::object const* object = nullptr;
    target::object* made = nullptr;
};

/// One by which the intruder can ask under its own path and not mean an object of its own: where
/// all that are known have numbers that both have, one that is made now, beyond the intruder's
/// last.
asio::awaitable<strange_object>
strange_to_intruder(context& ctx, target_operation read, tenant_pair pair, std::size_t turn);

/// The place where the tenant's own list of `r` stands: under one of its own parents, if it has
/// one.
request_options own_place(context& ctx, tenant_index t, target_operation what, std::size_t turn);

/// The body of `op` as the tenant's first user sends it, with the canary of `options` in it; that
/// of a form as JSON (see target/fields.hpp), which may be sent back changed. Nothing if a slot has
/// no value.
std::optional<std::string>
body_of(context& ctx, target::operation const& op, tenant_index t, request_options const& options);

/// The request target of `op` with the slots of `t` and the object of `options`; nothing if a slot
/// has no value.
std::optional<std::string> target_of(
    context& ctx, target::operation const& op, tenant_index t, request_options const& options
);

/// `context::for_each`, but one after another where ids of the resource may clash: what one tenant
/// does to an id of its own must not be taken for what another did.
asio::awaitable<void> for_each_apart(
    context& ctx,
    target::resource const& r,
    std::size_t n,
    std::function<asio::awaitable<void>(std::size_t)> const& work
);

} // namespace watertight::probe
