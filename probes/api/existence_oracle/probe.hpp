#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::existence_oracle {

/// The same request for objects of another tenant that exist and for ids that nobody has.
struct trial {
    tenant_index victim{};
    /// The owner's own read: the id is alive.
    probe::exchange control{};
    std::vector<probe::exchange> existing{};
    std::vector<probe::exchange> absent{};
    /// The ids asked for, which an answer may repeat.
    std::vector<std::string> ids{};
    /// From where it was asked, such an id is one of the intruder's own objects, too.
    bool names_own = false;
};

/// So many answers of each kind, in changing order, tell failures of one kind from chance.
inline constexpr std::size_t repetitions_of_failures = 7;

bool fails(probe::exchange const& e);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::existence_oracle
