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
    /// The numbers that the answer to its creation and its owner's view of it told of each, by
    /// place: `counts_in`.
    std::vector<std::map<std::string, std::int64_t>> numbers{};
    std::string failure{};
    /// The last of them as its owner sees it.
    probe::exchange last{};
};

/// The whole numbers of an answer by place, and of texts that hold one ("INV-2026-0042") the last
/// with the rest of the text as part of the place. Ids are none of them: most databases count them.
std::map<std::string, std::int64_t> counts_in(probe::exchange const& e, std::string_view id);

/// Places whose number goes on by one step for each object of either tenant.
std::vector<std::string> shared_places(trial const& t);

probe::conclusion judge(std::vector<trial> const& trials);

} // namespace watertight::probes::api::shared_numbering
