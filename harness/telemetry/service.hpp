#pragma once

#include "harness/base/error.hpp"
#include "harness/telemetry/board.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace watertight::telemetry {

/// Where live metrics go; empty: nowhere.
struct exports {
    /// Where a scraper finds /metrics: "9464" (on 127.0.0.1), "0.0.0.0:9464", "[::1]:9464". Port 0
    /// takes a free one.
    std::string listen{};
    /// A receiver of OTLP over HTTP: "http://127.0.0.1:4318"; "/v1/metrics" is added to a path that
    /// does not end so.
    std::string otlp{};
    /// What is sent along, as in OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x,tenant=y".
    std::string otlp_headers{};
    std::chrono::milliseconds interval{5'000};
};

/// Serves and pushes the board's metrics from a thread of its own, so that neither waits for the
/// run nor the run for them.
class service {
public:
    /// @param from  outlives this.
    /// @throws usage_error: an address or URL that is none; run_error: the address is not free.
    service(board const& from, exports where);
    /// Pushes once more, for three seconds at most, and ends.
    ~service();

    /// "http://127.0.0.1:9464/metrics"; empty if nothing is served.
    std::string address() const;
    /// Pushes once more and ends; what went wrong in all, for a person: empty if nothing did.
    std::string finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::telemetry
