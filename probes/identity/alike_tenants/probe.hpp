#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::identity::alike_tenants {

/// A name that is like another, and how.
struct likeness {
    std::string slug{};
    /// "begins with it", "differs in case".
    std::string how{};
    /// What it has more, where it begins with the other.
    std::string tail{};
};

/// Names that careless keys, prefixes and file names take for `slug`.
std::vector<likeness> alike(std::string_view slug);

/// Ids by which the tenant of the shorter name would reach an object of the one whose name goes on
/// with `tail`, where keys are made of name and id put together: "0" and "x" are "0x", "-j" and "x"
/// are "-jx" and "j-x".
std::vector<std::string> glued(std::string_view tail, std::string_view id);

/// `slug` made so long that it, with two letters more, has `size` bytes; as it is if it is longer.
std::string lengthened(std::string_view slug, std::size_t size);

/// How keys go on behind a tenant's name, where what follows is always the same and names may hold
/// it: ":quota" of "view:acme:quota". A tenant of the name "acme:quota" would share that key.
/// @param key  one that holds `slug`; anything else has no such ending.
std::string continuation(std::string_view key, std::string_view slug);

/// What one of two tenants with like names was shown of what is its own.
struct view {
    probe::exchange seen{};
    tenant_index other{};
    /// How the names are alike, for people: "wt-1 and wt-10: one begins with the other".
    std::string how{};
    /// After the other was removed.
    bool is_afterwards = false;
    /// Whether the viewer has an object that the answer ought to show.
    bool has_own = false;
    /// Whether it was asked for what can't be the viewer's own.
    bool asks_for_others = false;
};

probe::conclusion judge(std::vector<view> const& views);
probe::unit unit();

} // namespace watertight::probes::identity::alike_tenants
