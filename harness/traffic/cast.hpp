#pragma once

#include "harness/base/random.hpp"
#include "harness/target/population.hpp"
#include "harness/traffic/fetch.hpp"
#include "harness/traffic/operations.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::traffic {

/// Which of a tenant's users may send which operation; worked out once, since it is asked for with
/// every request, and kept apart from the users themselves, who are too many to be near at hand.
class cast {
public:
    /// A role among those that the population and the operations name.
    using role = std::uint32_t;

    cast(
        target::population const& tenants, target::model const& m, operation_table const& operations
    );

    /// The role that the operation asks for. Nothing where any user may send it, or nobody in
    /// particular.
    std::optional<role> wanted_by(std::size_t operation) const noexcept
    {
        auto const asked = wanted_[operation];
        return asked == nobody ? std::nullopt : std::optional{asked};
    }

    /// Has what is asked of a tenant below fetched.
    void approach(tenant_index t) const noexcept
    {
        fetch(&first_roles_[t.value]);
        fetch(&groups_[t.value * roles_.size()]);
    }
    /// The role of the tenant's first user. @pre the tenant has users.
    role first_role(tenant_index t) const noexcept { return first_roles_[t.value]; }
    std::string_view name(role r) const noexcept { return roles_[r]; }

    /// One of the tenant's users with this role. Nothing if there is none.
    std::optional<actor_index> pick(tenant_index t, role r, rng& random) const
    {
        if (r == nobody) return std::nullopt;
        auto const& those = groups_[t.value * roles_.size() + r];
        if (those.size == 0) return std::nullopt;
        auto const n = those.size == 1 ? 0 : random.below(those.size);
        return actor_index{players_[those.begin + static_cast<std::size_t>(n)]};
    }

private:
    static constexpr role nobody = UINT32_MAX;

    /// Consecutive places of `players_`.
    struct group {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };

    role role_named(std::string_view name);
    void enter(target::tenant const& t);

    std::vector<std::string> roles_;
    std::vector<role> wanted_;
    std::vector<role> first_roles_;
    /// By tenant, then by role.
    std::vector<group> groups_;
    std::vector<std::uint32_t> players_;
};

} // namespace watertight::traffic
