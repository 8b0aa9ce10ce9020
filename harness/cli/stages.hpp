#pragma once

#include "harness/cli/lab_process.hpp"
#include "harness/cli/options.hpp"
#include "harness/drill/run.hpp"
#include "harness/probe/context.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/traffic/run.hpp"
#include "harness/verdict/result.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace watertight::cli {

/// Everything that a run holds while it goes on, in order of construction.
struct run_state {
    run_options options;
    scenario::scenario plan;
    std::vector<std::pair<std::string, std::string>> variables;
    progress& display;
    steady::time_point began = steady::now();

    asio::io_context loop{1};
    evidence::redactor secrets{};
    target::population made{};
    evidence::ledger history{};
    evidence::identifier_index identifiers{};
    evidence::canary_mint mint;
    std::unique_ptr<evidence::observer> eye{};
    std::unique_ptr<net::http_client> client{};
    std::optional<tenants::journal> log{};
    std::unique_ptr<tenants::workshop> shop{};

    std::optional<traffic::report> traffic{};
    evidence::finding_book findings{};
    probe::coverage covered{};
    std::size_t pairs_examined = 0;
    /// Slugs of those that could not be made, or not whole.
    std::set<std::string> tenants_failed{};
    verdict::run_result result{};
};

/// Constructs what the stages work with: client, observer, workshop.
void open_shop(run_state& s, tenants::journal log);

/// A new journal in the output folder. @throws run_error.
tenants::journal new_journal(run_state const& s);

/// Target and stores answer, and every host is allowed and confirmed.
/// @throws run_error, usage_error.
asio::awaitable<void> preflight(run_state& s);

/// Every experiment of the scenario, one after another.
asio::awaitable<void> run_experiments(run_state& s);

/// What the steps of a drill or an experiment work with.
/// @param environment  the scenario's variables; outlives the steps.
drill::surroundings
steps_of(run_state const& s, std::map<std::string, std::string> const& environment);

/// Provision, populate, traffic, experiments, probes, drill: what the command asks for, in that
/// order. What has been measured is in `s` at any moment, so that a cancelled run loses nothing.
asio::awaitable<void> carry_out(run_state& s);

/// Lets the lints look at the stores: warnings, as tables and notes of the result.
/// @param include  the ids chosen, as for probes.
asio::awaitable<void> suspect(run_state& s, std::vector<std::string> include);

/// Removes the run's tenants. What could not be removed stays in the journal and is named.
asio::awaitable<void> clean_up(run_state& s);

/// Scenario rules on who may see what, for the observer.
evidence::sharing_rule
sharing_rules(std::vector<target::sharing> rules, target::population const& made);

} // namespace watertight::cli
