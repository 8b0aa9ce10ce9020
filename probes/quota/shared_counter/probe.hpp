#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::quota::shared_counter {

/// What a tenant's answers say in a row, with requests of another tenant before the last.
struct round {
    std::vector<probe::exchange> own{};
    /// Requests of the other tenant between the last two.
    std::uint64_t others = 0;
};

struct trial {
    tenant_index other{};
    std::vector<round> rounds{};
};

/// Places whose number moves by one step with each own request, and in every round by a step more
/// for each request of the other tenant.
std::vector<std::string> shared_parts(trial const& t);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::quota::shared_counter
