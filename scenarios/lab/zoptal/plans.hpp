#pragma once

#include <cstdint>
#include <string_view>

namespace watertight::lab::zoptal {

/// What a subscription allows. The figures are smaller than anybody would sell, so that tests
/// reach them, and large enough for what a load test writes.
struct plan {
    std::string_view name;
    std::uint64_t users_max = 0;
    std::uint64_t projects_max = 0;
    std::uint64_t storage_bytes_max = 0;
    /// Times `--rate-scale`.
    std::uint64_t requests_per_minute = 0;
    /// "database": one of its own; "schema": collections of its own in the common database.
    std::string_view strategy;
};

/// Null if there is none of this name.
plan const* find_plan(std::string_view name) noexcept;

} // namespace watertight::lab::zoptal
