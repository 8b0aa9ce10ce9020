#pragma once

#include "harness/base/progress.hpp"
#include "harness/evidence/observer.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/net/asio.hpp"
#include "harness/target/model.hpp"
#include "harness/target/population.hpp"
#include "harness/traffic/plan.hpp"
#include "harness/traffic/report.hpp"

#include <functional>
#include <stop_token>

namespace watertight::traffic {

/// One request's end as a drill wants to see it; called on the worker's thread.
struct completion {
    tenant_index tenant;
    bool ok = false;
    int status = 0;
    steady::time_point intended;
    steady::time_point finished;
};

/// What a phase that decides has shown, and those before it.
struct interim {
    std::vector<phase_report> phases;
    /// Different findings so far, and answers in which a tenant met its own canary.
    std::uint64_t findings = 0;
    std::uint64_t own_seen = 0;
};

struct second_tally;

/// Is told what the cores report, about once a second, on the caller's loop.
class watcher {
public:
    virtual ~watcher() = default;
    /// What one core did in one second, or a part of it; warm-up seconds, too.
    virtual void took(second_tally const& one) = 0;
    /// Each different finding once.
    virtual void found(evidence::finding const& f) = 0;
};

struct options {
    std::size_t cores = 1;
    std::uint64_t seed = 0;
    std::stop_token stop;
    /// These may be null. Updated about once a second.
    progress* display = nullptr;
    watcher* watch = nullptr;
    std::function<void(completion const&)> on_completion;
    /// Asked after each phase with `decides`, on the caller's loop while nothing is sent: whether
    /// the phases after it are driven. Null: they are.
    std::function<bool(interim const&)> goes_on;
    /// The zero of report::series and phase_report::started_s.
    steady::time_point run_start = steady::now();
    /// What the tenants wrote before; may be null. Where it has an expectation of an object, that
    /// is what reads are judged against, not the canary of its creation. Not changed meanwhile.
    evidence::ledger const* history = nullptr;
    /// The first serial for the canaries of objects that traffic creates and updates; must be above
    /// all serials in use. A later run takes the earlier one's report::serial_end. Of a numeric
    /// canary the low 16 bits are all that tells objects of a tenant apart: they begin behind those
    /// of the population and of what probes make, so that no object has another's number.
    std::uint32_t serial_start = (1U << 24U) + (1U << 14U);
};

/// Drives the phases one after another against the target with the population's tenants.
///
/// Requires logged-in actors; only tenants that are ready send. Each core works on its own copy of
/// the population's parts that it changes (objects that it creates, tokens that it refreshes),
/// which come back in the report. Every response is scanned; a foreign token becomes a finding of
/// probe "traffic". Cancelling the caller, or `stop`, ends the phases early with what was measured
/// (`interrupted`). Nothing else may change the population, the model or the ledger of `options`
/// meanwhile.
///
/// Phases may also name operations on the model's stores. Each store is connected to once before
/// the first phase begins.
///
/// @throws usage_error if a phase names what does not exist, or a statement for a store is wrong;
///         run_error if nothing can be sent, or a store does not let anybody in.
asio::awaitable<report>
run(target::model const& m,
    target::population const& tenants,
    evidence::canary_mint const& mint,
    evidence::identifier_index const& identifiers,
    evidence::sharing_rule sharing,
    evidence::redactor const& secrets,
    std::vector<phase> phases,
    options o);

} // namespace watertight::traffic
