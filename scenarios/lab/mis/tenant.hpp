#pragma once

#include "scenarios/lab/core/directory.hpp"
#include "scenarios/lab/mis/plans.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace watertight::lab::mis {

/// A tenant and what holds for it now. Immutable: a change makes a new one.
struct tenant {
    std::string id;
    std::string slug;
    std::string subdomain;
    std::string name;
    std::string status;
    plan const* on_plan = nullptr;
    /// Features that the tenant has switched off, whatever its plan.
    std::set<std::string> switched_off;

    std::uint64_t users_max = 0;
    std::uint64_t storage_bytes_max = 0;
    std::uint64_t upload_bytes_max = 0;
    std::uint64_t requests_per_day = 0;
    std::uint32_t session_s = 0;
    password_policy passwords;

    std::array<std::string, 2> labels() const { return {slug, subdomain}; }
    bool is_active() const noexcept { return status == "active"; }
    bool may(std::string_view feature) const
    {
        return has_feature(*on_plan, feature) && !switched_off.contains(std::string{feature});
    }
};

using tenant_directory = directory<tenant>;

} // namespace watertight::lab::mis
