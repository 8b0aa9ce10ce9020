#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::search {

/// A search for what only the victim's object holds, by the victim and by the intruder, and theirs
/// for what nobody holds: where a search shows no token, what it answers still tells.
struct trial {
    probe::exchange control{};
    probe::exchange control_absent{};
    probe::exchange hostile{};
    /// Before and after the hostile one.
    probe::exchange absent{};
    probe::exchange absent_again{};
    /// What was searched for: the whole of the canary, or its beginning.
    std::string term{};
    /// What nobody holds.
    std::string nobodys{};
};

/// The beginning of a canary: enough to find nothing but this run's, too little to be one. What an
/// answer then shows in full was not in the request.
std::string part_of(std::string_view canary);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::search
