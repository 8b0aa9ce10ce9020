#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::token::revoked {

/// Credentials that were taken away: what they showed before, how they were taken away, what they
/// show afterwards.
struct trial {
    /// "token of a removed user", "log-in of a suspended tenant".
    std::string channel{};
    /// "the user was removed", for people.
    std::string event{};
    evidence::guarantee kind = evidence::guarantee::integrity;
    probe::exchange before{};
    probe::exchange taken{};
    probe::exchange after{};
    /// How long credentials that still worked were watched, and when they were refused at last.
    double watched_s = 0;
    std::optional<double> refused_after_s{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::token::revoked
