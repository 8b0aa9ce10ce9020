#pragma once

#include "harness/evidence/canary.hpp"
#include "harness/evidence/observer.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/traffic/run.hpp"
#include "tests/end_to_end/traffic/server.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace watertight::traffic {

/// A service that keeps notes by tenant (header X-Tenant), and the run that loads it.
///
///     POST /notes {"text": …}   GET /notes   GET /notes/{id}   PATCH /notes/{id}   DELETE
///     /notes/{id}
struct world {
    explicit world(std::size_t tenants, std::size_t notes_each = 2);

    /// How the service answers; replaced or wrapped by a test.
    reply serve(std::string_view head, std::string_view body);
    /// Drives the phases to their end.
    report drive(server const& s, std::vector<phase> phases);
    /// The same against whatever listens on `port` of the model's host.
    report drive(std::uint16_t port, std::vector<phase> phases);
    /// The same where nothing is sent to a service.
    report drive(std::vector<phase> phases);
    std::string canary_of(std::uint32_t tenant, std::uint32_t serial) const;

    target::model model;
    target::population tenants;
    evidence::canary_mint mint;
    evidence::identifier_index identifiers;
    evidence::redactor secrets;
    options how;

    std::map<std::string, std::map<std::string, std::string>> notes;
    std::uint64_t next_id = 1;
};

/// A phase of so many requests a second, at even intervals.
phase steady_phase(double rate_per_s, std::chrono::nanoseconds duration);

/// The same, reading single notes only.
phase reading(double rate_per_s, std::chrono::nanoseconds duration);

std::uint64_t errors(report const& r, error_kind e);
/// What the schedules wanted, whether or not a busy machine let it be sent.
std::uint64_t wanted(report const& r);

/// The value of a header in a request.
std::string header_of(std::string_view head, std::string_view name);

} // namespace watertight::traffic
