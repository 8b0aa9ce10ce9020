#pragma once

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace watertight::lab::dittofeed {

/// How much of a quota is used.
struct quota {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;

    bool has_room() const noexcept { return used < limit; }
};

/// {"used":45,"limit":50,"remaining":5,"percentUsed":90}
nlohmann::json to_json(quota const& q);

/// What the N8 defect counts with: one number for all workspaces, by kind of resource.
class shared_counts {
public:
    void add(std::size_t kind, int n) noexcept { counts_.at(kind) += n; }
    std::uint64_t of(std::size_t kind) const noexcept
    {
        auto const n = counts_.at(kind).load();
        return n < 0 ? 0 : static_cast<std::uint64_t>(n);
    }

private:
    std::array<std::atomic<std::int64_t>, 3> counts_{};
};

} // namespace watertight::lab::dittofeed
