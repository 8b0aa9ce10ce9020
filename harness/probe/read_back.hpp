#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probe {

/// A view of an object that its owner has: its read, or a list in which it stands.
struct view {
    target::operation const* op = nullptr;
    bool is_list = false;
};

/// The read of the resource and its list, as far as they are described.
std::vector<view> views_of(target::resource const& r);

/// Each view as the tenant's own user sees it.
asio::awaitable<std::vector<exchange>>
look_at(context& ctx, std::vector<view> const& views, tenant_index owner, request_options options);

/// What tells the object from others in a list: its canaries and its id.
std::vector<std::string> tokens_of(target::object const& o);

/// The element of a list that holds one of `tokens`, as text; empty if there is none. The last one
/// is the id: it counts only as the whole of a member.
std::string part_about(std::string_view body, std::vector<std::string> const& tokens);

/// How an owner sees one object: its read or, where the resource has none, its list.
bool can_be_looked_up(target::resource const& r);
/// Resources that have all of these and whose objects their owners can see.
std::vector<target::resource const*> seen_resources_with(
    target::model const& m,
    std::vector<std::optional<target::operation> target::resource::*> const& has
);

/// The object of `options` as its owner sees it: the answer to the resource's read; where it has
/// none, that to its list with no more than the element about the object, and not answered, with a
/// failure that says so, if the list shows none.
asio::awaitable<exchange>
look_up(context& ctx, target::resource const& r, target::actor& owner, request_options options);

/// `look_up`, again until the answer is as `wanted` or the time that the scenario grants (`within`)
/// is over.
asio::awaitable<exchange> look_up_until(
    context& ctx,
    target::resource const& r,
    target::actor& owner,
    request_options options,
    std::function<bool(exchange const&)> wanted
);

/// Reads an object of each kind that the tenant has by every read, twice: the first fills a cache
/// and the second is served from it.
asio::awaitable<void> warm_reads(context& ctx, tenant_index t);

/// Removes an object that a probe made for itself; no probe after this meets it, where it goes with
/// its tenant anyway.
asio::awaitable<void> discard(context& ctx, target::resource const& r, target::object& o);

} // namespace watertight::probe
