#include "scenarios/lab/core/usage.hpp"

namespace watertight::lab {

usage& usage::operator+=(usage const& other) noexcept
{
    requests += other.requests;
    errors += other.errors;
    failures += other.failures;
    took_us += other.took_us;
    return *this;
}

void usage_book::add(
    std::string const& tenant_id, std::int64_t day, int status, std::uint64_t took_us
)
{
    std::lock_guard const lock{mutex_};
    by_tenant_[tenant_id][day] +=
        usage{1, status >= 400 ? 1U : 0U, status >= 500 ? 1U : 0U, took_us};
}

usage usage_book::since(std::string const& tenant_id, std::int64_t first_day) const
{
    std::lock_guard const lock{mutex_};
    usage sum;
    auto const at = by_tenant_.find(tenant_id);
    if (at == by_tenant_.end()) return sum;
    for (auto day = at->second.lower_bound(first_day); day != at->second.end(); ++day)
        sum += day->second;
    return sum;
}

std::vector<std::pair<std::string, usage>> usage_book::totals() const
{
    std::lock_guard const lock{mutex_};
    std::vector<std::pair<std::string, usage>> out;
    for (auto const& [id, days] : by_tenant_) {
        usage sum;
        for (auto const& [day, u] : days) sum += u;
        out.emplace_back(id, sum);
    }
    return out;
}

void usage_book::forget(std::string const& tenant_id)
{
    std::lock_guard const lock{mutex_};
    by_tenant_.erase(tenant_id);
}

} // namespace watertight::lab
