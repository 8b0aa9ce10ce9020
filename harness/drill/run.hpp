#pragma once

#include "harness/base/progress.hpp"
#include "harness/drill/journal.hpp"
#include "harness/drill/plan.hpp"
#include "harness/evidence/observer.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/net/asio.hpp"
#include "harness/target/population.hpp"
#include "harness/verdict/result.hpp"

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace watertight::drill {

/// What a run of some probes came to.
struct probe_run {
    std::vector<evidence::finding> findings{};
    /// Names of those that could not decide, and why.
    std::vector<std::string> undecided{};
};

/// What a drill works with. Everything outlives it.
struct surroundings {
    target::model const& model;
    target::population const& tenants;
    /// Store name to URL.
    std::map<std::string, std::string> const& store_urls;
    /// Passed to commands in addition to the process's own environment.
    std::map<std::string, std::string> const& environment;
    evidence::redactor const& secrets;
    progress& display;
    steady::time_point run_start = steady::now();
    std::uint64_t seed = 0;
    /// What the answers to the traffic are searched with; may be null.
    evidence::observer const* eye = nullptr;
    /// Runs the probes that match these patterns on the run's tenants; may be empty.
    std::function<asio::awaitable<probe_run>(std::vector<std::string>)> probe{};
    /// Waits until a person decides to roll back; needed by a `manual` trigger alone.
    std::function<asio::awaitable<void>()> person = {};
    /// Hosts outside loopback that nobody has vouched for; told by `rehearse` alone.
    std::vector<std::string> unconfirmed = {};
    /// The folder for copies that steps make; empty: none.
    std::string files = {};
    /// Where the drill writes how far it got; may be null.
    journal* log = nullptr;
    /// The drill that this one takes over after it was killed; may be null.
    takeover const* earlier = nullptr;
};

/// Rehearses: baseline traffic, forward steps, (injection), detection, decision, rollback steps,
/// recovery, verification by fingerprint; each phase timed against its budget, under live traffic.
///
/// Once the forward steps have begun, the rollback steps run whatever happens, cancellation of the
/// caller included, so that the target is left as it was found.
/// @return the timeline, and through `findings` a finding (guarantee rollback) for each budget
///         exceeded, fingerprint that differs, acknowledged write lost, or step failed.
asio::awaitable<verdict::drill_outcome>
run(plan const& p, surroundings& s, evidence::finding_book& findings);

/// Brings a system back in which a drill was killed: the rollback and `finally` steps that had not
/// been done, then verification against what the journal kept, the writes that were acknowledged
/// before it was killed among it. Sends no traffic.
///
/// @param s  with `earlier` set; it goes back whatever that says.
asio::awaitable<verdict::drill_outcome>
bring_back(plan p, surroundings& s, evidence::finding_book& findings);

/// The steps as text, nothing sent: what `drill --rehearse` prints.
std::string rehearse(plan const& p, surroundings const& s);

} // namespace watertight::drill
