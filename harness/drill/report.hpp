#pragma once

#include "harness/drill/census.hpp"
#include "harness/drill/invariants.hpp"
#include "harness/drill/read_back.hpp"
#include "harness/evidence/finding.hpp"

#include <string>
#include <vector>

namespace watertight::drill {

/// What a drill learned beside its outcome, for the findings.
struct lessons {
    /// Why the injected failure counts as unnoticed; empty if it was noticed or none was injected.
    std::string undetected;
    /// Why the traffic does not count as recovered; empty if it does.
    std::string not_recovered;
    std::vector<lost_write> lost;
    /// After the rollback.
    std::vector<broken_invariant> broken;
    /// What carrying the rollback out a second time changed.
    std::vector<verdict::drill_fingerprint> changed_again;
};

/// Of guarantee rollback, now.
evidence::finding make_finding(std::string probe, evidence::severity level, std::string channel);

/// Rows of a table that name no tenant, though the column that would is there.
evidence::finding
unowned(std::string const& store, std::string const& table, ownership const& whose);

/// What a store held before can't be compared any more.
evidence::finding unverified(std::string const& store, std::string why);

/// A finding for each budget exceeded, step failed, failure unnoticed, traffic not recovered, table
/// changed and write lost. Repeated losses of one operation are one finding with a count.
std::vector<evidence::finding> findings_of(
    plan const& p, surroundings const& s, verdict::drill_outcome const& out, lessons const& l
);

} // namespace watertight::drill
