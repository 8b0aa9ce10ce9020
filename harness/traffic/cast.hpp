#pragma once

#include "harness/base/random.hpp"
#include "harness/target/population.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::traffic {

/// Which of a tenant's users can play which role; worked out once, since it is asked for with every
/// request. Holds one number a user.
class cast {
public:
    explicit cast(target::population const& tenants)
    {
        parts_.resize(tenants.tenants.size());
        for (auto const& t : tenants.tenants) {
            for (std::uint32_t a = 0; a < t.actors.size(); ++a) enter(t.index, t.actors[a].role, a);
        }
    }

    /// One of the tenant's users with this role. Nothing if there is none.
    std::optional<actor_index> pick(tenant_index t, std::string_view role, rng& random) const
    {
        for (auto const& part : parts_[t.value]) {
            if (part.role != role) continue;
            auto const n = static_cast<std::size_t>(random.below(part.actors.size()));
            return actor_index{part.actors[n]};
        }
        return std::nullopt;
    }

private:
    struct role_group {
        std::string role;
        std::vector<std::uint32_t> actors;
    };

    void enter(tenant_index t, std::string const& role, std::uint32_t actor)
    {
        for (auto& part : parts_[t.value]) {
            if (part.role == role) return part.actors.push_back(actor);
        }
        parts_[t.value].push_back({role, {actor}});
    }

    std::vector<std::vector<role_group>> parts_;
};

} // namespace watertight::traffic
