#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace watertight {

/// An integer that cannot be mistaken for another kind of integer.
template <class Tag, class Representation = std::uint32_t>
struct strong_id {
    Representation value{};

    constexpr auto operator<=>(strong_id const&) const = default;
};

/// The run's own number of a tenant, counted from 0; not the target's id of it.
using tenant_index = strong_id<struct tenant_tag>;

/// The run's own number of a user within its tenant, counted from 0.
using actor_index = strong_id<struct actor_tag>;

/// The run's own number of an object (one canary each), unique within its tenant, from 0.
using object_serial = strong_id<struct object_tag>;

} // namespace watertight

template <class Tag, class Representation>
struct std::hash<watertight::strong_id<Tag, Representation>> {
    std::size_t operator()(watertight::strong_id<Tag, Representation> id) const noexcept
    {
        return std::hash<Representation>{}(id.value);
    }
};
