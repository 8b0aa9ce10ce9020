#pragma once

#include "probes/api/foreign_reference/probe.hpp"

#include <string>
#include <vector>

namespace watertight::probes::api::foreign_reference {

/// A write that refers to something: a creation, a change or an action by the intruder, of its own.
struct writing {
    target::resource const* of = nullptr;
    target::operation const* op = nullptr;
    reference by{};
    /// Null: a user.
    target::resource const* refers_to = nullptr;
    /// The scenario says that it refers: no answer needs to show it.
    bool is_described = false;
};

/// What was said and is shown of one such write.
struct written {
    probe::exchange answer{};
    std::vector<probe::exchange> views{};
    bool is_kept = false;
    /// What it wrote, and what the owner of what it refers to saw then.
    probe::marks canary{};
    std::vector<probe::exchange> owners_views{};
};

/// Writes an object of the intruder's with a reference to `id`, looks at it and removes it.
/// @param theirs  what has this id, if it is another tenant's; its owner looks at it, too.
asio::awaitable<written> write(
    probe::context& ctx,
    writing const& w,
    tenant_index who,
    std::string id,
    target::object const* theirs
);

/// The write with the victim's id and with one that nobody has; both again where the answers
/// differ. What is referred to and the control are the caller's to add.
/// @param theirs  null: a user.
asio::awaitable<trial> compare(
    probe::context& ctx,
    writing const& w,
    probe::tenant_pair pair,
    std::string id,
    target::object const* theirs
);

/// No id that anything has: where it stands in a body, the scenario has put it.
inline constexpr std::string_view unlikely_id = "918273645";

/// Members that the scenario itself fills with `unlikely_id`, which `options` give as a slot's
/// value; whatever they are called. Nothing is sent.
std::vector<reference> filled_members(
    probe::context& ctx,
    target::operation const& op,
    tenant_index who,
    probe::request_options options
);

/// Writes that refer to users of the tenant, by members that speak of people.
asio::awaitable<std::vector<writing>>
writes_about_people(probe::context& ctx, target::resource const& r, tenant_index who);

/// One of them with a user of the victim's.
/// @return whether the member is one that the target knows.
asio::awaitable<bool> attempt_person(
    probe::context& ctx, writing const& w, probe::tenant_pair pair, std::vector<trial>& out
);

} // namespace watertight::probes::api::foreign_reference
