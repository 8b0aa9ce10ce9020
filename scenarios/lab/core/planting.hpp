#pragma once

#include "scenarios/lab/core/faults.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lab {

/// A fault that SQL alone plants, once the schema stands.
struct sql_fault {
    fault what;
    std::string_view sql;
    /// As the superuser, instead of as the tables' owner.
    bool by_superuser = false;
};

/// One of a dialect's PostgreSQL.
constexpr sql_fault postgres_fault(
    std::string_view dialect,
    std::string_view id,
    std::string_view title,
    std::string_view guarantee,
    std::string_view channel,
    std::string_view sql
)
{
    return {{id, dialect, title, "postgres", guarantee, channel}, sql};
}

constexpr sql_fault by_superuser(sql_fault f)
{
    f.by_superuser = true;
    return f;
}

/// What plants those that are on; may be empty.
inline std::string
planting_sql(fault_set const& on, std::span<sql_fault const> all, bool by_superuser)
{
    std::string out;
    for (auto const& f : all) {
        if (f.by_superuser == by_superuser && on.on(f.what.id)) out += std::string{f.sql} + "; ";
    }
    return out;
}

/// They as the catalogue lists them.
inline std::vector<fault> faults_of(std::span<sql_fault const> all)
{
    std::vector<fault> out;
    for (auto const& f : all) out.push_back(f.what);
    return out;
}

} // namespace watertight::lab
