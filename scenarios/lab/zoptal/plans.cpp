#include "scenarios/lab/zoptal/plans.hpp"

#include "scenarios/lab/core/limits.hpp"

#include <array>

namespace watertight::lab::zoptal {

static constexpr std::array all{
    plan{
        .name = "starter",
        .users_max = 50,
        .projects_max = 1'000,
        .storage_bytes_max = 1U << 20,
        .requests_per_minute = 100,
        .strategy = "schema"},
    plan{
        .name = "professional",
        .users_max = 200,
        .projects_max = 5'000,
        .storage_bytes_max = 10U << 20,
        .requests_per_minute = 500,
        .strategy = "schema"},
    plan{
        .name = "enterprise",
        .users_max = 1'000,
        .projects_max = 20'000,
        .storage_bytes_max = 100U << 20,
        .requests_per_minute = 2'000,
        .strategy = "database"},
};

plan const* find_plan(std::string_view name) noexcept
{
    return find_by_name(all, name);
}

} // namespace watertight::lab::zoptal
