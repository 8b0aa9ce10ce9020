#include "scenarios/lab/dittofeed/quota.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace watertight::lab::dittofeed {

nlohmann::json to_json(quota const& q)
{
    auto const share =
        q.limit == 0 ? 1.0 : static_cast<double>(q.used) / static_cast<double>(q.limit);
    return {
        {"used", q.used},
        {"limit", q.limit},
        {"remaining", q.used < q.limit ? q.limit - q.used : 0},
        {"percentUsed", std::round(share * 10'000) / 100},
    };
}

} // namespace watertight::lab::dittofeed
