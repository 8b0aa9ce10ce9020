#pragma once

#include "harness/base/fatal.hpp"
#include "harness/cli/lab_process.hpp"
#include "harness/cli/options.hpp"
#include "harness/drill/run.hpp"
#include "harness/probe/context.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/telemetry/board.hpp"
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
    /// Those of the env file that the scenario does not name, for its commands alone.
    std::map<std::string, std::string> unnamed_variables{};
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

    /// What others are told while the run goes on; null if nobody listens.
    telemetry::board* live = nullptr;
    std::optional<traffic::report> traffic{};
    evidence::finding_book findings{};
    probe::coverage covered{};
    std::size_t pairs_examined = 0;
    /// Slugs of those that could not be made, or not whole.
    std::set<std::string> tenants_failed{};
    verdict::run_result result{};
    /// The killed drill that --resume or --abort takes over.
    std::optional<drill::takeover> earlier{};
};

/// Constructs what the stages work with: client, observer, workshop.
void open_shop(run_state& s, tenants::journal log);

/// A new journal in the output folder. @throws run_error.
tenants::journal new_journal(run_state const& s);

/// Target and stores answer, and every host is allowed and confirmed.
/// @throws run_error, usage_error.
asio::awaitable<void> preflight(run_state& s);

/// Looks for the highest rate at which the criteria of load hold. @throws usage_error: no criterion
/// can be judged by load.
asio::awaitable<void> find_capacity(run_state& s);
/// @throws usage_error: there is no load to change the rate of, or the highest rate is none.
void check_capacity(run_state const& s);

/// Every experiment of the scenario, one after another.
asio::awaitable<void> run_experiments(run_state& s);

/// What the steps of a drill or an experiment work with.
/// @param environment  the scenario's variables; outlives the steps.
drill::surroundings
steps_of(run_state const& s, std::map<std::string, std::string> const& environment);

/// Runs the probes that match the patterns on the run's tenants. `s` outlives it.
asio::awaitable<drill::probe_run> probe_again(run_state& s, std::vector<std::string> patterns);

/// Where the drill keeps its journal: one a folder, so that a drill which was not brought to its
/// end is met by the next one.
std::string drill_journal(run_options const& o);

/// What --resume or --abort takes over; nothing without them. @throws usage_error: there is no
/// unfinished drill, it is another plan's, or one in the lab that is gone; without them if there is
/// an unfinished drill in the way.
std::optional<drill::takeover> find_earlier(run_options const& o, scenario::scenario const& plan);

/// Constructs what the stages work with, with the tenants of the killed drill's run.
void open_shop_again(run_state& s);

/// The scenario's drill, or the rest of the one that was killed.
asio::awaitable<void> rehearse_rollback(run_state& s);

/// Brings back the system in which a drill was killed, and says what it did.
exit_code abort_drill(run_state& s);

/// The hosts that the drill touches and that need --confirm-host.
std::vector<std::string> unconfirmed_hosts(run_state const& s);

/// Every host that the run may touch is allowed and confirmed. @throws usage_error.
void check_hosts(run_state const& s);

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
