#include "harness/verdict/drill_metrics.hpp"

#include <algorithm>

namespace watertight::verdict {

// How tenants came back, what versions answered, how old the oldest lost write is.
static void add_recovery(drill_outcome const& d, std::map<std::string, double>& out)
{
    if (d.rto_s) out["drill.rto"] = *d.rto_s;
    if (d.rpo_s) out["drill.rpo"] = *d.rpo_s;
    if (d.old_after_cutover)
        out["drill.old_after_cutover"] = static_cast<double>(*d.old_after_cutover);
    if (d.new_after_rollback)
        out["drill.new_after_rollback"] = static_cast<double>(*d.new_after_rollback);
    auto const has_stages =
        std::ranges::any_of(d.phases, [](drill_phase const& p) { return p.name == "stages"; });
    if (has_stages) out["drill.rollout_stopped"] = d.stopped_at.empty() ? 0 : 1;
    if (d.tenants.empty()) return;
    double late = 0;
    double slowest = 0;
    for (auto const& t : d.tenants) {
        if (!t.recovered_s) ++late;
        slowest = std::max(slowest, t.recovered_s.value_or(0));
    }
    out["drill.tenants_not_recovered"] = late;
    if (late == 0) out["drill.tenant_recovery_max"] = slowest;
}

void add_drill_metrics(run_result const& r, std::map<std::string, double>& out)
{
    auto const& d = r.drill;
    if (!d.ran) return;
    out["drill.succeeded"] = d.succeeded ? 1 : 0;
    // Nothing written, nothing compared: then nothing is known to have survived.
    if (d.writes_acknowledged > 0) out["drill.writes_lost"] = static_cast<double>(d.writes_lost);
    if (!d.fingerprints.empty()) {
        out["drill.fingerprints_unequal"] =
            static_cast<double>(std::ranges::count(d.fingerprints, false, &drill_fingerprint::equal)
            );
    }
    if (d.requests_during > 0) {
        out["drill.errors_rate"] =
            static_cast<double>(d.failed_during) / static_cast<double>(d.requests_during);
    }
    bool any_budget = false;
    bool within = true;
    for (auto const& p : d.phases) {
        out["drill." + p.name + ".seconds"] += p.duration_s;
        any_budget = any_budget || p.budget_s.has_value();
        within = within && (!p.budget_s || p.within_budget);
    }
    add_recovery(d, out);
    if (any_budget) out["drill.within_budget"] = within ? 1 : 0;
}

} // namespace watertight::verdict
