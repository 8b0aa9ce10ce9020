#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace watertight::lab {

/// What a tenant's requests came to.
struct usage {
    std::uint64_t requests = 0;
    /// Answered with a status of 400 or more.
    std::uint64_t errors = 0;
    /// Answered with a status of 500 or more.
    std::uint64_t failures = 0;
    std::uint64_t took_us = 0;

    usage& operator+=(usage const& other) noexcept;
};

/// Counts each tenant's requests by day. Shared by all cores.
class usage_book {
public:
    void add(std::string const& tenant_id, std::int64_t day, int status, std::uint64_t took_us);
    /// The sum over the days from `first_day` on.
    usage since(std::string const& tenant_id, std::int64_t first_day) const;
    std::vector<std::pair<std::string, usage>> totals() const;
    void forget(std::string const& tenant_id);

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::map<std::int64_t, usage>, std::less<>> by_tenant_;
};

} // namespace watertight::lab
