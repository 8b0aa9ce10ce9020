#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watertight::cli {

/// Which parts of a scenario a command carries out.
struct parts {
    bool traffic = true;
    bool experiments = true;
    bool probes = true;
    bool drill = true;
    /// In place of the scenario's phases, the highest rate at which its criteria hold.
    bool capacity = false;
};

/// What `run`, `probe`, `load` and `drill` have in common.
struct run_options {
    /// "run", "probe", "load", "drill".
    std::string command = "run";
    parts what;
    std::string scenario{};
    bool lab = false;
    std::vector<std::string> lab_faults{};
    std::string out = "watertight-report";
    /// Formats to write beside the usual ones.
    std::vector<std::string> formats{};
    std::string env_file{};
    std::string baseline{};
    std::optional<std::size_t> tenants{};
    std::optional<std::size_t> users{};
    std::optional<std::uint64_t> seed{};
    /// Overrides the length of every traffic phase, in the scenario's spelling: "5s".
    std::string traffic_for{};
    /// The highest rate that a search for the capacity may try, in the scenario's spelling:
    /// "2000/s".
    std::string max_rate = "10000/s";
    /// Phases last as long as their `full` says.
    bool full = false;
    /// Every how long a run begins, and for how long runs are begun; empty: one run alone, and
    /// without end.
    std::string repeat{};
    std::string during{};
    std::vector<std::string> only{};
    std::vector<std::string> skip{};
    /// Where live metrics are served and pushed to, as telemetry::exports has it.
    std::string metrics_listen{};
    std::string otlp{};
    /// Hosts outside loopback that the caller vouches for.
    std::vector<std::string> confirmed_hosts{};
    std::size_t cores = 1;
    /// Leaves tenants (and the lab) in place until Enter or Ctrl-C.
    bool keep = false;
    bool quiet = false;
    /// Sends each operation once and shows it, and nothing else.
    bool dry_run = false;
    /// `drill` only: print the plan.
    bool rehearse = false;
    /// `drill` only: go on with, or bring back, the drill that was killed.
    bool resume = false;
    bool abort = false;
    /// Who decides where a drill leaves it to a person: nobody, at once; or whoever makes the file.
    bool yes = false;
    std::string decide_by{};
    /// As typed, for the report.
    std::string command_line{};
};

struct validate_options {
    std::string scenario{};
    std::string env_file{};
    bool plan = false;
    bool metrics = false;
    bool schema = false;
};

struct cleanup_options {
    /// A journal, or a folder that holds journals.
    std::string journal = "watertight-report";
    std::string env_file{};
    std::vector<std::string> confirmed_hosts{};
};

struct lint_options {
    /// Instead of, or beside, the URLs.
    std::string scenario{};
    std::string env_file{};
    std::string postgres{};
    std::string redis{};
    std::string mongo{};
    std::vector<std::string> tenant_columns{};
    std::vector<std::string> app_roles{};
    std::vector<std::string> exclude{};
    std::vector<std::string> only{};
    std::vector<std::string> skip{};
    /// A folder of the caller's own lints, <name>/probe.sql; empty: none.
    std::string lints{};
    std::vector<std::string> confirmed_hosts{};
    /// "table", "markdown", "json".
    std::string format = "table";
    bool json = false;
    /// "high", "medium" or "never".
    std::string fail_on = "high";
    /// Lists everything that was not examined.
    bool all = false;
};

struct probes_options {
    /// "table", "markdown", "json".
    std::string format = "table";
};

struct lab_options {
    std::string dialect = "mis";
    std::vector<std::string> faults{};
    std::uint16_t port = 0;
    bool list_faults = false;
    bool json = false;
};

struct score_options {
    std::string pack{};
    std::vector<std::string> layers{};
    std::vector<std::string> faults{};
    std::size_t jobs = 1;
    bool json = false;
    bool quiet = false;
};

struct report_options {
    std::string result{};
    std::string out{};
    /// What the result is to be compared with, as `compare` takes it; empty: nothing.
    std::string baseline{};
    /// One format alone, to `file` (standard output if that is empty); empty: the usual files.
    std::string format{};
    std::string file{};
};

struct compare_options {
    /// result.json each, a folder that holds one, or that of a series of runs.
    std::string before{};
    std::string after{};
    /// How much of the earlier value a difference must come to: "5%"; empty: the usual.
    std::string tolerance{};
    bool all = false;
    bool json = false;
};

/// Reads the command line and runs the command. @return the process's exit code.
/// @throws usage_error, run_error.
int dispatch(int argc, char** argv);

} // namespace watertight::cli
