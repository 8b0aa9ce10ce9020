#include "harness/cli/outcome.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/cli/load.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <thread>

namespace watertight::cli {

void describe_run(run_state& s)
{
    auto& r = s.result;
    r.tool_version = WT_VERSION;
    r.command = s.options.command;
    r.run_id = s.made.run_id;
    r.scenario_name = s.plan.name;
    r.scenario_file = s.plan.file;
    r.scenario_sha256 = s.plan.sha256;
    r.places = s.plan.places;
    auto const& target = s.plan.target.base;
    if (!target.host.empty()) r.target = target.origin();
    r.started_at = rfc3339(wall::now());
    r.command_line = s.secrets.redact(s.options.command_line);
    utsname system{};
    ::uname(&system);
    r.environment["kernel"] = fmt::format("{} {}", system.sysname, system.release);
    r.environment["cores"] = std::to_string(std::thread::hardware_concurrency());
    auto const pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
    auto const page_bytes = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
    r.environment["memory"] = fmt::format("{} MiB", pages * page_bytes >> 20);
    if (s.options.lab) r.environment["lab"] = s.plan.lab;
    if (!s.options.lab_faults.empty()) {
        r.environment["lab_faults"] = join(s.options.lab_faults, ", ");
    }
}

verdict::histogram_summary summarise(traffic::histogram const& h, bool with_hdr)
{
    auto const us = [&](double percentile) {
        return static_cast<std::uint64_t>(h.at(percentile).count());
    };
    verdict::histogram_summary out;
    out.n = h.count();
    out.mean_us = h.mean_us();
    out.p50_us = us(50);
    out.p90_us = us(90);
    out.p95_us = us(95);
    out.p99_us = us(99);
    out.p999_us = us(99.9);
    out.max_us = static_cast<std::uint64_t>(h.max().count());
    if (with_hdr) out.hdr = h.encode();
    return out;
}

std::map<std::string, std::uint64_t> errors_by_name(traffic::counts const& c)
{
    std::map<std::string, std::uint64_t> out;
    for (std::size_t i = 0; i < traffic::error_kinds; ++i) {
        if (c.errors[i] == 0) continue;
        out.emplace(to_string(static_cast<traffic::error_kind>(i)), c.errors[i]);
    }
    return out;
}

static void add_operations(traffic::report const& t, verdict::run_result& r)
{
    for (auto const& op : t.operations) {
        verdict::operation_outcome out;
        out.name = op.name;
        out.ok = op.tally.ok;
        out.errors = errors_by_name(op.tally);
        out.latency = summarise(op.latency, true);
        out.service_time = summarise(op.service_time, true);
        r.operations.push_back(std::move(out));
    }
    for (auto const& tenant : t.tenants) {
        auto const throttled =
            tenant.tally.errors[static_cast<std::size_t>(traffic::error_kind::throttled)];
        r.tenants.push_back({
            tenant.slug,
            tenant.plan,
            tenant.tally.ok,
            tenant.tally.failed() - throttled,
            throttled,
            summarise(tenant.latency, false),
        });
    }
}

void add_traffic(traffic::report const& t, verdict::run_result& r)
{
    for (auto const& p : t.phases) r.phases.push_back(outcome_of(p));
    add_operations(t, r);
    for (auto const& s : t.series) {
        r.series.push_back({s.at, s.ok, s.failed, s.p50_us, s.p95_us, s.p99_us, s.max_us});
    }
    r.latency = summarise(t.latency, true);
    std::uint64_t own_seen = 0;
    for (auto const& tenant : t.tenants) own_seen += tenant.own_seen;
    r.metrics["control.own_seen"] = static_cast<double>(own_seen);
    r.metrics["control.responses_scanned"] = static_cast<double>(t.responses_scanned);
    if (t.responses_unreadable > 0) {
        r.notes.push_back(fmt::format(
            "{} of {} answers under load were packed in a way that could not be undone (only gzip "
            "and deflate are), so that a leak in them would not have been seen",
            t.responses_unreadable,
            t.responses_scanned
        ));
    }
    r.metrics["control.interleavings"] = static_cast<double>(t.interleavings);
}

// Load scans every answer, so that an operation which it drove was examined.
static void add_coverage(run_state& s)
{
    if (s.traffic) {
        for (auto const& op : s.traffic->operations) {
            if (op.tally.ok == 0) continue;
            for (auto const& r : s.plan.target.resources) {
                for (auto const* known : {&r.create, &r.read, &r.list, &r.update, &r.remove}) {
                    if (*known && (*known)->name == op.name) {
                        s.covered.examined("endpoint", (*known)->channel(), "traffic");
                    }
                }
                for (auto const& other : r.others) {
                    if (other.name == op.name) {
                        s.covered.examined("endpoint", other.channel(), "traffic");
                    }
                }
            }
            for (auto const& other : s.plan.target.operations) {
                if (other.name == op.name) {
                    s.covered.examined("endpoint", other.channel(), "traffic");
                }
            }
        }
    }
    for (auto const& [key, item] : s.covered.items()) {
        std::vector<std::string> const by{item.by.begin(), item.by.end()};
        auto said = join(by, ", ");
        if (said.empty()) said = "no probe of this run applies to it";
        s.result.coverage.push_back({key.first, key.second, item.examined, std::move(said)});
    }
}

// A redacted scenario variable becomes the variable's name again, so that the command can be
// pasted: curl's arguments stand in single quotes, which are left for it.
static void name_variables(run_state const& s, std::string& reproduction)
{
    for (auto const& [name, value] : s.variables) {
        auto const redacted = "[redacted " + name + "]";
        auto const named = fmt::format("'\"${}\"'", name);
        reproduction = replace_all(std::move(reproduction), redacted, named);
    }
}

void count_tenants(run_state& s)
{
    using target::tenant_state;
    auto const planned = std::min(s.plan.tenants.count, s.made.tenants.size());
    std::size_t ready = 0;
    std::size_t failed = 0;
    // Existing ones are as many as there are; those beyond the plan were made for a probe.
    auto const of_run = s.plan.tenants.from_file.empty() ? planned : s.made.tenants.size();
    for (std::size_t i = 0; i < of_run; ++i) {
        auto const& t = s.made.tenants[i];
        if (t.state == tenant_state::failed || s.tenants_failed.contains(t.slug))
            ++failed;
        else if (t.state == tenant_state::ready || t.state == tenant_state::removed)
            ++ready;
    }
    s.result.metrics["tenants.provisioned"] = static_cast<double>(ready);
    s.result.metrics["tenants.failed"] = static_cast<double>(failed);
}

// Phases that a requirement kept from being driven are told of, for criteria may name them.
static void add_undriven(run_state& s)
{
    auto const& t = *s.traffic;
    if (t.stopped_after.empty()) return;
    for (auto i = t.phases.size(); i < s.plan.phases.size(); ++i) {
        verdict::phase_outcome out;
        out.name = s.plan.phases[i].name;
        out.kind = "traffic";
        out.note = "not driven: what phase " + t.stopped_after + " was to show did not hold";
        s.result.phases.push_back(std::move(out));
    }
}

void assemble(run_state& s)
{
    auto& r = s.result;
    r.finished_at = rfc3339(wall::now());
    r.duration_s = seconds(steady::now() - s.began);
    if (s.traffic) {
        add_traffic(*s.traffic, r);
        add_undriven(s);
    }
    add_coverage(s);
    r.findings = s.findings.sorted();
    for (auto& f : r.findings) name_variables(s, f.reproduction);
    for (auto& error : r.errors) error = s.secrets.redact(error);
    for (auto& note : r.notes) note = s.secrets.redact(note);
}

std::optional<verdict::run_result> read_baseline(std::string const& path)
{
    if (path.empty()) return std::nullopt;
    auto const text = read_file(path);
    if (text.has_error()) throw usage_error{"baseline: " + text.error().message};
    auto earlier = verdict::from_json(*text);
    if (earlier.has_error()) throw usage_error{"baseline " + path + ": " + earlier.error().message};
    return std::move(*earlier);
}

} // namespace watertight::cli
