#pragma once

#include "harness/cli/stages.hpp"
#include "harness/telemetry/service.hpp"

#include <memory>

namespace watertight::cli {

/// Serves and pushes the run's metrics, as its options ask for, for as long as this lives.
class live_metrics {
public:
    /// Both outlive this. The run's head (name, id, target) is described by now.
    /// @throws usage_error, run_error, as telemetry::service.
    live_metrics(run_state& s, telemetry::told_progress& told);
    live_metrics(live_metrics const&) = delete;
    live_metrics& operator=(live_metrics const&) = delete;
    /// Tells the last of it, and a person what could not be told.
    ~live_metrics();

private:
    run_state& state_;
    telemetry::told_progress& told_;
    std::unique_ptr<telemetry::board> board_;
    std::unique_ptr<telemetry::service> service_;
};

} // namespace watertight::cli
