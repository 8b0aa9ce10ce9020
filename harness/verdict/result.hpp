#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/target/model.hpp"
#include "harness/verdict/run_comparison.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::verdict {

enum class overall { passed, failed, inconclusive, not_run, interrupted };
std::string_view to_string(overall o);

enum class probe_status { pass, fail, inconclusive, not_applicable };
std::string_view to_string(probe_status s);

/// What one probe concluded.
struct probe_outcome {
    /// "api.object_read".
    std::string id;
    std::string title;
    std::string layer;
    evidence::guarantee kind{};
    probe_status status{};
    /// For inconclusive and not_applicable: why. For pass: what was examined.
    std::string reason;
    /// Independent attempts that could have shown a violation.
    std::uint64_t trials = 0;
    /// Attempts preceded by a successful positive control.
    std::uint64_t controls = 0;
    double seconds = 0;
    std::string cwe;
    std::string owasp;
    std::string asvs;
    std::string rationale;
    std::string remedy;
};

/// `attested`: a person signed the statement; `unattested` (written "unsigned"): nobody did.
enum class criterion_status { met, not_met, inconclusive, attested, waived, unattested };
std::string_view to_string(criterion_status s);

struct criterion_outcome {
    std::string id;
    /// The expression as written, or the statement that a person attests.
    std::string statement;
    /// Id of the requirement that it answers, in whatever document the pack answers: "U14".
    std::string answers;
    criterion_status status{};
    /// "latency.p95 = 212 ms".
    std::string measured;
    std::string limit;
    /// Distance to the limit as a share of it, positive when met; nothing where it makes no sense.
    std::optional<double> margin;
    std::uint64_t n = 0;
    /// Why it is inconclusive, who attested and when, or which waiver applies until when.
    std::string note;
    target::source_place place;
};

struct histogram_summary {
    std::uint64_t n = 0;
    double mean_us = 0;
    std::uint64_t p50_us = 0;
    std::uint64_t p90_us = 0;
    std::uint64_t p95_us = 0;
    std::uint64_t p99_us = 0;
    std::uint64_t p999_us = 0;
    std::uint64_t max_us = 0;
    /// HdrHistogram V2, compressed, base64; may be empty for tenants.
    std::string hdr;
};

struct operation_outcome {
    std::string name;
    std::uint64_t ok = 0;
    /// Error kind to count.
    std::map<std::string, std::uint64_t> errors;
    histogram_summary latency;
    histogram_summary service_time;
};

struct tenant_outcome {
    std::string slug;
    std::string plan;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t throttled = 0;
    histogram_summary latency;
};

struct phase_outcome {
    std::string name;
    /// "provision", "populate", "traffic", "experiments", "probes", "drill", "cleanup".
    std::string kind;
    double started_s = 0;
    double duration_s = 0;
    double offered_per_s = 0;
    double achieved_per_s = 0;
    std::uint64_t unsent = 0;
    std::uint64_t lag_us_max = 0;
    std::string note;
    /// Of traffic: tenants that took part, and what became of their requests.
    std::uint64_t tenants = 0;
    std::uint64_t ok = 0;
    std::map<std::string, std::uint64_t> errors{};
    histogram_summary latency{};
};

struct series_point {
    std::uint32_t at_s = 0;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t p50_us = 0;
    std::uint64_t p95_us = 0;
    std::uint64_t p99_us = 0;
    std::uint64_t max_us = 0;
};

/// One cell of what was and was not examined.
struct coverage_item {
    /// "endpoint", "table", "key_family", "pair", "channel".
    std::string kind;
    /// "GET /api/v1/users/{id}", "public.users", "tenant:*:user:*".
    std::string name;
    bool examined = false;
    /// Which probes examined it, or why none did.
    std::string by;
};

struct drill_phase {
    /// "forward", "backup", "injection", "detection", "decision", "execution", "restore",
    /// "recovery", "verification".
    std::string name;
    double started_s = 0;
    double duration_s = 0;
    /// Nothing: no budget was set.
    std::optional<double> budget_s;
    bool within_budget = true;
    std::string note;
};

struct drill_step {
    std::string name;
    /// "sql", "command", "http", "wait", "backup", "restore".
    std::string kind;
    std::string phase;
    double started_s = 0;
    double duration_s = 0;
    bool ok = false;
    /// Redacted and cut.
    std::string output;
    /// Nothing: no budget was set.
    std::optional<double> budget_s = {};
};

/// What one tenant saw of a drill.
struct drill_tenant {
    std::string slug;
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
    /// From the last rollback step to the last bad answer to a request sent after it; nothing:
    /// there was none.
    std::optional<double> last_bad_s;
    /// From the last rollback step to the first of the good answers after it; nothing: the tenant
    /// did not recover.
    std::optional<double> recovered_s;
    /// Answers of the new version to requests sent after the rollback.
    std::uint64_t new_after_rollback = 0;
};

/// One second of the traffic of a drill.
struct drill_point {
    double at_s = 0;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t p95_us = 0;
};

struct drill_fingerprint {
    /// "public.users".
    std::string object;
    std::uint64_t rows_before = 0;
    std::uint64_t rows_after = 0;
    bool equal = false;
    /// What differs, or how many rows were written meanwhile and are still there.
    std::string note;
    /// The scenario's name of the store.
    std::string store{};
};

struct drill_outcome {
    bool ran = false;
    bool succeeded = false;
    /// Every step of the way back was done and nothing that was compared differs.
    bool restored = false;
    std::vector<drill_phase> phases;
    std::vector<drill_step> steps;
    std::vector<drill_fingerprint> fingerprints;
    std::uint64_t requests_during = 0;
    std::uint64_t failed_during = 0;
    std::uint64_t writes_acknowledged = 0;
    std::uint64_t writes_lost = 0;
    /// Recovery time: from the injection (without one, from the detection) to the last bad answer.
    std::optional<double> rto_s;
    /// Recovery point: the age, at the first rollback step, of the oldest acknowledged write that
    /// is lost; 0: none is.
    std::optional<double> rpo_s;
    /// By how late they recovered, the latest first.
    std::vector<drill_tenant> tenants;
    std::vector<drill_point> series;
    /// Answers of the old version to requests sent after the forward steps, and of the new one to
    /// requests sent after the rollback; nothing: the scenario does not say how versions are told.
    std::optional<std::uint64_t> old_after_cutover;
    std::optional<std::uint64_t> new_after_rollback;
    /// The stage of the roll-out that was stopped; empty: none was.
    std::string stopped_at;
    std::string note;
};

/// How much something changes from arm a to arm b, as a share of a's: -0.4 is 40 % less.
struct experiment_change {
    double estimate = 0;
    /// The 95 % confidence interval.
    double low = 0;
    double high = 0;
};

struct experiment_arm {
    /// "a" or "b".
    std::string name;
    /// One value a block, in order.
    std::vector<double> latency_us;
    /// Database statements a request; empty if they could not be counted.
    std::vector<double> queries;
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
};

/// Two states of the system under the same load, taking turns.
struct experiment_outcome {
    std::string name;
    /// What stands for a block's latencies: "median" or "mean".
    std::string statistic;
    double started_s = 0;
    double duration_s = 0;
    /// a and b.
    std::vector<experiment_arm> arms{};
    std::optional<experiment_change> latency{};
    std::optional<experiment_change> queries{};
    /// Why there is no change to state; empty if there is one.
    std::string note{};
    /// Steps that could not put back what had been changed.
    std::vector<std::string> not_restored{};
};

/// What a probe learnt beside its verdict, as rows: which channel is believed, which role may do
/// what.
struct result_table {
    /// The probe's, or that and a word: "identity.precedence".
    std::string id;
    std::string title;
    /// The first names the rows.
    std::vector<std::string> columns;
    /// As many cells a row as there are columns.
    std::vector<std::vector<std::string>> rows;
};

/// An earlier run that this one is held against.
struct baseline_run {
    std::string run_id;
    std::string started_at;
    overall outcome{};
};

/// How a run differs from the baseline that it was given.
struct baseline_comparison {
    /// One, or those of a series.
    std::vector<baseline_run> runs;
    /// A metric's difference up to this share of the earlier value is none.
    double tolerance = 0;
    run_comparison changes;
};

/// Everything that a run found out. The result file is its JSON form; every report is a pure
/// function of it. Holds no secret.
struct run_result {
    int schema = 1;
    std::string tool_version;
    /// "run", "probe", "load", "drill".
    std::string command;
    std::string run_id;
    std::uint64_t seed = 0;
    std::string scenario_name;
    std::string scenario_file;
    std::string scenario_sha256;
    std::string target;
    std::string started_at;
    std::string finished_at;
    double duration_s = 0;
    std::string command_line;
    /// "host", "cores", "kernel", "memory", store versions, lab and its faults.
    std::map<std::string, std::string> environment;

    overall outcome{};
    /// Why a run did not pass, in a sentence.
    std::string summary;
    std::vector<criterion_outcome> criteria;
    std::vector<evidence::finding> findings;
    std::vector<probe_outcome> probes;
    std::vector<phase_outcome> phases;
    std::vector<operation_outcome> operations;
    std::vector<tenant_outcome> tenants;
    std::vector<series_point> series;
    histogram_summary latency;
    std::vector<coverage_item> coverage;
    std::vector<result_table> tables;
    std::vector<experiment_outcome> experiments;
    drill_outcome drill;
    /// Every metric that criteria may name, with the value it had.
    std::map<std::string, double> metrics;
    /// Nothing: no baseline was given.
    std::optional<baseline_comparison> comparison{};
    /// What a reader must know: sampled pairs with their bound, throttling, learnt ids.
    std::vector<std::string> notes;
    /// What could not be carried out; makes the run inconclusive at best.
    std::vector<std::string> errors;
    /// Fingerprint of each waived finding to the reason: "until 2027-01-31: known, see OPS-7".
    std::map<std::string, std::string> waived;
    /// Where in the scenario is written what findings speak of: sections and stores by name
    /// ("traffic", "redis"), operations by channel ("GET /api/v1/users/{id}").
    std::map<std::string, target::source_place> places;
};

/// Indented JSON text with a trailing newline. Bytes that are no UTF-8 become U+FFFD; metrics that
/// are no finite numbers are left out. Its schema is reports/result.schema.json.
std::string to_json(run_result const& r);
/// Members it does not know are ignored.
///
/// @return `malformed` with what is wrong and where, as a JSON pointer; a newer schema is named as
///         such.
result<run_result> from_json(std::string_view text);

} // namespace watertight::verdict
