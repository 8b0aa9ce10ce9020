#pragma once

#include "harness/probe/planting.hpp"

namespace watertight::probes::api::idempotency_key {

/// Creations that carry one and the same key, by two tenants.
struct trial {
    tenant_index second_tenant{};
    /// The first tenant's creation, and the same once more: where that brings the same object, the
    /// target knows the key.
    probe::exchange first{};
    probe::exchange again{};
    bool is_known = false;
    /// Of the first tenant's object.
    probe::marks first_canary{};
    /// The second tenant's own creation under the key, and what it then sees of it.
    probe::exchange hostile{};
    std::vector<probe::exchange> views{};
    probe::marks canary{};
    /// Whether creations carry a canary: without one nobody can tell what was made.
    bool is_marked = true;
    /// Its creation under a key of its own.
    probe::exchange control{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::idempotency_key
