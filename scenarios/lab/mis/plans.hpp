#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::lab::mis {

struct password_policy {
    std::size_t length_min = 8;
    bool uppercase = true;
    bool lowercase = true;
    bool numbers = true;
    bool special = false;
};

/// What a tenant pays for.
struct plan {
    std::string_view name;
    std::uint64_t users_max;
    std::uint64_t storage_gb_max;
    /// As the configuration names it; enforced after division by `upload_scale`.
    std::uint64_t upload_bytes_max;
    std::uint64_t requests_per_day;
    std::uint32_t session_s;
    password_policy passwords;
    bool biometric_auth;
    bool ai_verification;
    bool advanced_analytics;
    bool custom_branding;
    bool priority_support;
};

/// The lab is smaller than the system it stands for, so that limits can be reached in a test:
/// 10 GB of storage become 10 MiB, an upload of at most 10 GB becomes 1 MiB.
inline constexpr std::uint64_t storage_scale = 1024;
inline constexpr std::uint64_t upload_scale = 10240;

/// Nothing for a name that is no plan.
plan const* find_plan(std::string_view name) noexcept;

bool has_feature(plan const& p, std::string_view feature) noexcept;
/// The configurations that a tenant of the plan starts with.
nlohmann::json default_configurations(plan const& p);

/// What is wrong with the password, or nothing.
std::optional<std::string> complaint(password_policy const& policy, std::string_view password);
/// The policy with what `overrides` says about it (minLength, requireUppercase, …).
password_policy with_overrides(password_policy policy, nlohmann::json const& overrides);

} // namespace watertight::lab::mis
