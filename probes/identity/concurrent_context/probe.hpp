#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::identity::concurrent_context {

/// An answer to a tenant that asked for its own data.
struct sample {
    probe::exchange answer{};
    /// Another tenant's request was under way when this one was sent.
    bool overlapped = false;
};

/// A tenant's own view after everybody had written at once; looked at again if it shows something
/// of another tenant.
struct view {
    probe::exchange first{};
    probe::exchange again{};
};

/// What tenants saw while all of them asked and wrote at once.
struct trial {
    /// Each tenant's own data with nobody else at work: what is seen here needs no concurrency.
    std::vector<probe::exchange> alone{};
    std::vector<sample> answers{};
    /// Requests without credentials and without a tenant, between those of tenants; in order.
    std::vector<probe::exchange> nobodys{};
    std::vector<view> afterwards{};
};

probe::conclusion judge(trial const& t);
probe::unit unit();

} // namespace watertight::probes::identity::concurrent_context
