#pragma once

#include "scenarios/lab/core/directory.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace watertight::lab::user_integers {

/// What a tenant pays for.
struct plan {
    std::string_view name;
    std::uint64_t users_max;
    /// Both are multiplied by the lab's --rate-scale.
    std::uint64_t calls_per_month;
    std::uint64_t calls_per_minute;
};

inline constexpr std::array<plan, 3> plans{{
    {"free", 5, 10'000, 60},
    {"pro", 100, 1'000'000, 600},
    {"enterprise", 10'000, 100'000'000, 6'000},
}};

/// A tenant and what holds for it now. Immutable: a change makes a new one.
struct tenant {
    std::string id;
    std::string name;
    std::string subdomain;
    /// active, suspended, cancelled, or deleting.
    std::string status;
    plan const* on_plan = nullptr;
    std::uint64_t users_max = 0;
    std::uint64_t calls_per_month = 0;
    std::uint64_t calls_per_minute = 0;

    std::array<std::string, 1> labels() const { return {subdomain}; }
};

using tenant_directory = directory<tenant>;

} // namespace watertight::lab::user_integers
