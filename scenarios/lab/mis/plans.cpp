#include "scenarios/lab/mis/plans.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace watertight::lab::mis {

using nlohmann::json;

static constexpr std::uint64_t gib = 1ULL << 30;

static constexpr std::array<plan, 4> plans{{
    {"basic",
     100,
     10,
     10 * gib,
     1'000,
     3'600,
     {8, true, true, true, false},
     false,
     false,
     false,
     false,
     false},
    {"premium",
     1'000,
     100,
     100 * gib,
     10'000,
     7'200,
     {10, true, true, true, true},
     true,
     false,
     false,
     true,
     false},
    {"enterprise",
     10'000,
     1'000,
     1'000 * gib,
     100'000,
     14'400,
     {12, true, true, true, true},
     true,
     true,
     true,
     true,
     true},
    {"custom",
     100'000,
     10'000,
     1'000 * gib,
     1'000'000'000,
     14'400,
     {12, true, true, true, true},
     true,
     true,
     true,
     true,
     true},
}};

plan const* find_plan(std::string_view name) noexcept
{
    auto const at = std::ranges::find(plans, name, &plan::name);
    return at == plans.end() ? nullptr : &*at;
}

bool has_feature(plan const& p, std::string_view feature) noexcept
{
    if (feature == "biometric_auth") return p.biometric_auth;
    if (feature == "ai_verification") return p.ai_verification;
    if (feature == "advanced_analytics") return p.advanced_analytics;
    if (feature == "custom_branding") return p.custom_branding;
    if (feature == "priority_support") return p.priority_support;
    return false;
}

json default_configurations(plan const& p)
{
    json out{
        {"security.password_policy",
         {{"minLength", p.passwords.length_min},
          {"requireUppercase", p.passwords.uppercase},
          {"requireLowercase", p.passwords.lowercase},
          {"requireNumbers", p.passwords.numbers},
          {"requireSpecialChars", p.passwords.special}}},
        {"session.timeout", p.session_s},
        {"file_upload.max_size", p.upload_bytes_max},
        {"api.rate_limit", p.requests_per_day},
    };
    for (auto const* const feature : {"biometric_auth", "ai_verification", "advanced_analytics"})
        if (has_feature(p, feature)) out[std::string{"features."} + feature] = true;
    return out;
}

std::optional<std::string> complaint(password_policy const& policy, std::string_view password)
{
    auto const lacks = [&](auto is) { return std::ranges::none_of(password, is); };
    auto const is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    auto const is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto const is_other = [&](char c) { return !is_upper(c) && !is_lower(c) && !is_digit(c); };

    if (password.size() < policy.length_min) {
        return fmt::format("the password needs {} characters", policy.length_min);
    }
    if (policy.uppercase && lacks(is_upper)) return "the password needs an upper-case letter";
    if (policy.lowercase && lacks(is_lower)) return "the password needs a lower-case letter";
    if (policy.numbers && lacks(is_digit)) return "the password needs a digit";
    if (policy.special && lacks(is_other)) return "the password needs a special character";
    return std::nullopt;
}

password_policy with_overrides(password_policy policy, json const& overrides)
{
    if (!overrides.is_object()) return policy;
    auto const flag = [&](char const* name, bool& out) {
        auto const at = overrides.find(name);
        if (at != overrides.end() && at->is_boolean()) out = at->get<bool>();
    };
    auto const length = overrides.find("minLength");
    if (length != overrides.end() && length->is_number_unsigned()) {
        policy.length_min = length->get<std::size_t>();
    }
    flag("requireUppercase", policy.uppercase);
    flag("requireLowercase", policy.lowercase);
    flag("requireNumbers", policy.numbers);
    flag("requireSpecialChars", policy.special);
    return policy;
}

} // namespace watertight::lab::mis
