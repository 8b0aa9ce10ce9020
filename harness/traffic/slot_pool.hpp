#pragma once

#include "harness/base/ids.hpp"
#include "harness/traffic/plan.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace watertight::traffic {

/// Decides which connection carries whose request. Deals in numbers only: the connections
/// themselves are elsewhere.
class slot_pool {
public:
    struct user {
        tenant_index tenant;
        actor_index actor;

        bool operator==(user const&) const = default;
    };

    slot_pool(connection_mode mode, std::size_t slots);

    struct choice {
        std::size_t slot = 0;
        /// The slot's connection belonged to somebody else: it has to be made anew.
        bool changes_owner = false;
    };
    /// Takes the free slot that suits best. Nothing if none is free.
    /// Mixed: one whose last request came from another tenant. Otherwise: the user's (or tenant's)
    /// own, then one without an owner, then the one that has been idle for longest.
    std::optional<choice> take(user who);
    void give_back(std::size_t slot);

    bool has_free() const noexcept { return !free_.empty(); }
    /// Pairs of different tenants that followed each other on one connection.
    std::uint64_t interleavings() const noexcept { return interleavings_; }
    /// The slot's connection was closed: what follows on it follows nobody.
    void forget(std::size_t slot) noexcept { last_[slot].reset(); }

private:
    std::size_t place_for(user who) const noexcept;
    bool owns(std::size_t slot, user who) const noexcept;

    connection_mode mode_;
    /// Idle for longest first.
    std::vector<std::size_t> free_;
    std::vector<std::optional<user>> owners_;
    std::vector<std::optional<tenant_index>> last_;
    std::uint64_t interleavings_ = 0;
};

} // namespace watertight::traffic
