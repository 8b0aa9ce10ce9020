#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::id_smuggling {

/// The intruder's request for its own object with the victim's id smuggled in beside its own.
struct trial {
    /// "query parameter id", "second element of /ids", for people.
    std::string how{};
    /// The victim's own read of its object.
    probe::exchange control{};
    /// The same request without the second id: it works for the intruder.
    probe::exchange plain{};
    probe::exchange hostile{};
};

/// JSON in which each array that holds `own` alone holds `foreign`, too; nothing if there is none.
std::optional<std::string>
with_second_id(std::string_view body, std::string_view own, std::string_view foreign);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::id_smuggling
