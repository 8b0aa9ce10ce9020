#pragma once

#include "harness/probe/conclusion.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watertight::probes::api::shared_numbering {

/// Objects that a tenant created one after another, while another tenant created some between them.
struct trial {
    std::string channel{};
    tenant_index victim{};
    tenant_index intruder{};
    /// How many the other made before each of them: 0, 0, 3, 0, 1.
    std::vector<std::int64_t> between{};
    /// The numbers in each of them by place, the object's own id aside.
    std::vector<std::map<std::string, std::int64_t>> numbers{};
    std::string failure{};
    /// The last of them as its owner sees it.
    probe::exchange last{};
};

/// Places whose number goes on by one step for each object of either tenant.
std::vector<std::string> shared_places(trial const& t);

probe::conclusion judge(std::vector<trial> const& trials);

} // namespace watertight::probes::api::shared_numbering
