#pragma once

#include "harness/probe/conclusion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::postgres::observability {

/// By what a session of the application's role may learn of others.
enum class sight {
    /// The statements of other sessions.
    activity,
    /// What a NOTIFY tells.
    channel,
    /// The changes that a replication slot keeps.
    slot,
    /// A lock that tenants wait for one another at.
    lock,
};

/// What was looked at while a tenant worked.
struct attempt {
    sight what{};
    /// "postgres sessions", "postgres channel journeys", "postgres slot changes".
    std::string channel{};
    tenant_index victim{};
    tenant_index intruder{};
    /// It could have been seen.
    bool control = false;
    std::string failure{};
    /// A canary that the victim had just written.
    std::string token{};
    std::string reproduction{};
    /// How long the victim's request took while nobody, and while another session of the
    /// application's role, held the lock: interleaved pairs.
    std::vector<double> alone_ms{};
    std::vector<double> held_ms{};
};

probe::conclusion judge(std::vector<attempt> const& attempts);

} // namespace watertight::probes::postgres::observability
