#pragma once

#include "harness/drill/plan.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/experiment/plan.hpp"
#include "harness/resources/sampler.hpp"
#include "harness/target/model.hpp"
#include "harness/target/promises.hpp"
#include "harness/tenants/plan.hpp"
#include "harness/traffic/plan.hpp"
#include "harness/verdict/criteria.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace watertight::scenario {

/// Limits on what probes may do.
struct probe_options {
    /// Probe ids or "all", with "layer.*" wild cards.
    std::vector<std::string> include{"all"};
    std::vector<std::string> exclude;
    /// Requests per second that probes send at most; 0: no limit.
    double rate_per_s = 0;
    std::size_t concurrency = 16;
    /// Ordered tenant pairs examined; 0: all up to 64 tenants' worth, then a covering sample.
    std::size_t pairs_max = 0;
};

/// A scenario file, read and checked. Every member is ready to use.
struct scenario {
    std::string name;
    std::string file;
    std::string sha256;
    /// The embedded lab's dialect, if the scenario may use it.
    std::string lab;
    target::model target;
    tenants::plan tenants;
    /// Limits, plans, records: what the target promises beyond its operations.
    target::promises promised;
    /// Store name to URL, further SQL stores among them: {"postgres": ..., "classic": ...}.
    std::map<std::string, std::string> store_urls;
    std::vector<traffic::phase> phases;
    /// By phase: what must hold at its end for the next ones to be driven.
    std::map<std::string, verdict::requirement> stops;
    /// Parts of the target whose resources are watched under load.
    std::vector<resources::process_spec> processes;
    std::vector<experiment::plan> experiments;
    probe_options probes;
    drill::plan drill;
    std::vector<verdict::criterion> criteria;
    std::vector<verdict::waiver> waivers;
    verdict::gate gate;
    /// Directory for files on the target that may be scanned; empty: none.
    std::string files_root;
    /// Where what findings speak of is written: sections and stores by name ("traffic", "redis"),
    /// operations by channel ("GET /api/v1/users/{id}").
    std::map<std::string, target::source_place> places;
};

/// What may be changed from the command line or the environment.
struct load_options {
    /// Name to value, as from an env file or the lab; looked up before the process environment.
    std::map<std::string, std::string> variables{};
    std::optional<std::size_t> tenants{};
    std::optional<std::size_t> users_per_tenant{};
    /// Phases last as long as their `full` says.
    bool full = false;
    /// `${VAR}` without a value becomes an empty text instead of an error: for `validate` without
    /// a target and for reading which lab a scenario wants.
    bool tolerate_unset = false;
    /// Ids that `probes` and `waivers` may name. Empty: any id of the right form is taken.
    std::vector<std::string> probe_ids{};
};

/// One thing wrong with a scenario.
struct problem {
    int line = 0;
    int column = 0;
    /// JSON pointer: "/target/allow/0".
    std::string at;
    /// A full sentence: what was found, what was expected, the nearest known name.
    std::string what;
};

struct loaded {
    scenario value;
    /// Names of `${VAR}`s used with their values: all of them are secrets to reports.
    std::vector<std::pair<std::string, std::string>> variables_used;
    std::vector<std::string> warnings;
};

/// Reads, checks against the schema, compiles. Sends nothing.
/// @throws usage_error  listing every problem as file:line:column: sentence.
loaded load(std::string const& path, load_options const& o);

/// The same from text, for tests and standard input; all problems as a list.
boost::system::result<loaded, std::vector<problem>>
load_text(std::string_view yaml, std::string const& file, load_options const& o);

/// NAME=value lines, '#' comments, optional quotes and `export`.
result<std::map<std::string, std::string>> read_env_file(std::string const& path);

/// The published JSON schema (scenarios/schema.json), embedded.
std::string_view schema();

/// The schema as a page of Markdown: every section with its keys, their types and meaning.
std::string schema_page();

/// A person's overview of the scenario: tenants, operations, phases, probes, criteria.
std::string describe(scenario const& s);

/// Every request that the scenario describes, as it would be sent, for `validate --plan`.
std::string plan_text(scenario const& s);

} // namespace watertight::scenario
